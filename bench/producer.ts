import { createProducer } from '../src/producer/producer.ts';
import { formatMs, type Line } from './lines.ts';
import { compare, ratioOf, type Side } from './measure.ts';
import { takingQueue } from './queue.ts';
import { rowAsJson } from './rows.ts';

const rowCount = 32_000;

/** Packing rows into messages, against writing them as JSON alone. */
export async function benchProducer(): Promise<readonly Line[]> {
  const rows = Array.from({ length: rowCount }, (_, index) => rowAsJson(index));
  const producer = createProducer({ queueUrl: 'https://queue.invalid/rows', client: takingQueue() });
  const packing: Side<null> = {
    prepare: () => null,
    run: async () => {
      await producer.send('orders', rows);
      await producer.flush();
    },
  };
  const writing: Side<null> = {
    prepare: () => null,
    run: () => {
      for (const row of rows) JSON.stringify(row);
    },
  };
  const [ours, least] = await compare(packing, writing);
  const summary = await producer.close();
  if (summary.rows % rowCount !== 0) throw new Error(`The queue took ${summary.rows} rows.`);
  return [
    {
      what: `producer: ${rowCount} rows into messages`,
      measured: formatMs(ours.wallMs),
      against: `${formatMs(least.wallMs)}: JSON.stringify each row`,
      ...ratioOf(least, ours, 'wallMs'),
      target: { atLeast: 0.8 },
    },
  ];
}
