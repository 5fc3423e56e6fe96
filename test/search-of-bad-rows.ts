import { acked } from '../src/delivery/outcomes.ts';
import { chunk } from './builders.ts';
import { openExactlyOnce } from './exactly-once-world.ts';

/** One batch of so many messages of one row, every third of them bad, until all are acked. @throws Error when one is not */
export async function work(messages: number): Promise<void> {
  const items = Array.from({ length: messages }, (_, id) =>
    chunk({ id: `1700000000000-${id}`, text: JSON.stringify({ id, v: id % 3 === 0 ? 'bad' : '' }) }),
  );
  const ends = new Set(await openExactlyOnce().take(items));
  if (ends.size !== 1 || !ends.has(acked)) throw new Error(`Not all were acked: ${JSON.stringify([...ends])}`);
}
