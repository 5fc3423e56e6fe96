import { decodeMessage } from '../src/messages/decode.ts';
import type { Chunk } from '../src/rows/chunk.ts';
import { createChunkFitter } from '../src/rows/fit-chunk.ts';
import { fitTableOf } from '../src/rows/fit-table.ts';
import { ExpectedFitters } from '../src/rows/row-watch.ts';
import { sqsRecord } from '../test/builders.ts';
import type { Line } from './lines.ts';
import { compare, type Side } from './measure.ts';
import { rowAsJson } from './rows.ts';

const types = {
  ...{ order_id: 'bigint(20)', customer: 'varchar(64)', city: 'varchar(64)', amount: 'decimal(10, 2)' },
  ...{ status: 'varchar(16)', created_at: 'datetime', note: 'varchar(400)' },
};
const csv = { columnSeparator: '\t', rowDelimiter: '\n' };
const rowsOfMessage = 1250;
const messages = 24;

/** What it costs that rows are fitted to their table, beside reading them: one table, messages of the producer's size, all rows fit. */
export async function benchFitting(): Promise<readonly Line[]> {
  const columns = Object.entries(types).map(([name, type]) => ({
    ...{ name, type, nullable: true, key: false, generated: false, autoIncrement: false, default: undefined },
  }));
  const rules = { timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, now: Date.now };
  const fitter = createChunkFitter(fitTableOf(columns, undefined, { ...rules, unknownKeys: 'drop' }), csv);
  const records = Array.from({ length: messages }, (_, message) => {
    const rows = Array.from({ length: rowsOfMessage }, (_each, row) => rowAsJson(message * rowsOfMessage + row));
    const body = rows.map((row) => JSON.stringify(row)).join('\n');
    return sqsRecord({ body, attributes: { rows: String(rowsOfMessage) } });
  });
  const expected = new ExpectedFitters();
  const plain = { maxInflatedBytes: 2 ** 20, defaultFormat: undefined, csv };
  const watched = {
    ...plain,
    watchFor: (...rows: Parameters<ExpectedFitters['watchFor']>) => expected.watchFor(...rows),
  };
  const read = (how: typeof plain): Chunk[] =>
    records.map((record) => {
      const decoded = decodeMessage(record, how);
      if (!decoded.ok) throw new Error(decoded.rejection.detail);
      return decoded.chunks[0];
    });
  const decoding: Side<null> = { prepare: () => null, run: () => read(plain) };
  const fitting: Side<null> = {
    prepare: () => null,
    run: () => {
      for (const chunk of read(watched)) {
        const { parts } = fitter.fitJson(chunk);
        if (parts.length !== 1 || parts[0]?.chunk.badRows) throw new Error('Rows that fit did not.');
        expected.learn(chunk, fitter.fitterOf(chunk));
      }
    },
  };
  const [both, alone] = await compare(fitting, decoding, 31, 10);
  const perThousand = (ms: number) => `${((ms * 1000) / (rowsOfMessage * messages)).toFixed(2)} ms`;
  return [
    {
      what: 'reading and fitting JSON: 1,000 rows of 7 columns, CPU',
      measured: perThousand(both.cpuMs),
      against: `${perThousand(alone.cpuMs)}: reading alone`,
      ratio: both.cpuMs / alone.cpuMs,
      target: { below: 1.1 },
    },
  ];
}
