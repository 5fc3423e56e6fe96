import { createProducer } from '../src/producer/producer.ts';
import type { ProducerOptions } from '../src/producer/producer-options.ts';
import { formatMs, type Line } from './lines.ts';
import { compare, ratioOf, type Side } from './measure.ts';
import { takingQueue } from './queue.ts';
import { rowAsJson } from './rows.ts';

const rowCount = 32_000;

/** Packing rows into messages, against writing them as JSON alone; and compressing them besides. */
export async function benchProducer(): Promise<readonly Line[]> {
  const rows = Array.from({ length: rowCount }, (_, index) => rowAsJson(index));
  const writing: Side<null> = {
    prepare: () => null,
    run: () => {
      for (const row of rows) JSON.stringify(row);
    },
  };
  const [plain, zstd] = [packing(rows), packing(rows, 'zstd')];
  const [ours, least] = await compare(plain, writing);
  const [compressed, packed] = await compare(zstd, plain);
  for (const { close } of [plain, zstd]) await close();
  return [
    {
      what: `producer: ${rowCount} rows into messages`,
      measured: formatMs(ours.wallMs),
      against: `${formatMs(least.wallMs)}: JSON.stringify each row`,
      ...ratioOf(least, ours, 'wallMs'),
      target: { atLeast: 0.8 },
    },
    {
      what: `producer, zstd: ${rowCount} rows into messages, CPU time`,
      measured: formatMs(compressed.cpuMs),
      against: `${formatMs(packed.cpuMs)}: without zstd`,
      ...ratioOf(compressed, packed, 'cpuMs'),
    },
  ];
}

function packing(rows: readonly object[], compression?: ProducerOptions['compression']) {
  const producer = createProducer({ queueUrl: 'https://queue.invalid/rows', client: takingQueue(), compression });
  return {
    prepare: () => null,
    run: async () => {
      await producer.send('orders', rows);
      await producer.flush();
    },
    async close() {
      const summary = await producer.close();
      if (summary.rows % rowCount !== 0) throw new Error(`The queue took ${summary.rows} rows.`);
    },
  };
}
