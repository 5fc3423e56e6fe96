import { chunk } from './builders.ts';
import { openExactlyOnce } from './exactly-once-world.ts';

/** One batch of so many messages of one row, every third of them bad, until all are acked. @throws Error when one is not */
export async function work(messages: number): Promise<void> {
  const items = Array.from({ length: messages }, (_, id) =>
    chunk({ id: `1700000000000-${id}`, text: JSON.stringify({ id, v: id % 3 === 0 ? 'bad' : '' }) }),
  );
  const open = (await openExactlyOnce().take(items)).filter(({ verdict }) => verdict !== 'ack');
  if (open.length > 0) throw new Error(`${open.length} were not acked, the first of them: ${JSON.stringify(open[0])}`);
}
