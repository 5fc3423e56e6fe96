import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { newRun } from '../../src/delivery/delivery.ts';
import type { LoadRequest, LoadResult } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunkReader } from '../../src/rows/row-readers.ts';
import { chunk, csvLayout, destination } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';
import { runs } from '../property-runs.ts';
import { day, isBad, layouts, refusal, setUp, whose } from './bad-rows-world.ts';

describe.each(Object.entries(layouts))('a message of rows as %s', (name, chunkOf) => {
  const isCsv = name.includes('csv') || name.includes('CSV');
  const to = destination({ headers: { format: isCsv ? 'csv' : 'json' } });
  const how = isCsv ? { csv: { column_separator: '\t', row_delimiter: '\n', enclose: '', escape: '' } } : {};
  const textOf = (id: number, bad: boolean) =>
    isCsv ? `${id}\t${bad ? 'bad' : 'é'}` : `{"id":${id},"n":1,"v":"${bad ? 'bad' : 'é'}"}`;

  it('has its good rows in the table and its bad ones in the bucket, each once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), async (kinds) => {
        const texts = kinds.map((bad, id) => textOf(id, bad));
        const { run, inTable, rejected, told } = setUp(name.includes('no memory') ? { mostHeldBytes: 0 } : {});
        expect(await run(chunkOf(texts), to)).toEqual({ verdict: 'ack' });
        expect(inTable).toEqual(texts.filter((text) => !isBad(text)));
        const bad = texts.flatMap((text, row) =>
          isBad(text) ? { ...whose, row, code: 'ROWS_REFUSED', reason: 'a row does not fit', text, ...how } : [],
        );
        expect(rejected().flatMap(({ rows }) => rows)).toEqual(bad);
        expect(rejected()).toHaveLength(bad.length === 0 ? 0 : 1);
        expect(told.join()).not.toMatch(/bad"|é/);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('the object that keeps bad rows', () => {
  const three = layouts['lines']?.(['{"id":1}', '{"v":"bad"}', '{"id":3.10}']) as Chunk;

  it('is the same when they are rejected again, and has nothing of the chunk id in its key', async () => {
    const { run, rejected, inTable } = setUp();
    const item = { ...three, id: '../../etc/passwd' };
    await run(item);
    const [first] = rejected();
    expect(first?.key).toMatch(/^rejected\/shop\.orders\/2026-01-02\/[0-9a-f]{32}-load\.ndjson$/);
    expect(await run(item)).toEqual({ verdict: 'ack' });
    expect(rejected()).toEqual([first]);
    expect(inTable).toEqual(['{"id":1}', '{"id":3.1}']);
  });

  it.each(['refuse', 'lose'] as const)('is written before the message is acked (%s)', async (met) => {
    let fails = 1;
    const { run, rejected } = setUp({ meet: ({ method }) => (method === 'putBody' && fails-- > 0 ? met : 'pass') });
    expect(await run(three)).toMatchObject({ verdict: 'retry', code: 'LEDGER_UNAVAILABLE' });
    expect(await run(three)).toEqual({ verdict: 'ack' });
    expect(rejected()).toHaveLength(1);
  });

  it('is not made when the whole is refused and its parts are not', async () => {
    const { run, rejected, inTable } = setUp({
      answer: (rows) => (rows.length === 3 ? refusal('too many filtered rows') : undefined),
    });
    const harmless = layouts['lines']?.(['{"id":1}', '{"id":2}', '{"id":3}']) as Chunk;
    expect(await run(harmless)).toEqual({ verdict: 'ack' });
    expect([rejected(), inTable.length]).toEqual([[], 3]);
  });
});

describe('a payload larger than what is held in memory', () => {
  const [rowBytes, count, mostHeldBytes] = [8 * 1024, 260, 1024 ** 2];
  const rowOf = (id: number) => `{"id":${id},"v":"${isWrong(id) ? 'bad' : ''}","w":"${'w'.repeat(rowBytes)}"}`;
  const isWrong = (id: number) => id === 7 || id === 200;

  it('is read as a stream each time: its bad rows are kept with the reasons of StarRocks, and the others load', async () => {
    const pieces = { given: 0, taken: 0, mostAhead: 0 };
    const payload = chunk({
      ...{ layout: 'items' as const, text: '', rows: count },
      bytes: Array.from({ length: count }, (_, id) => rowOf(id).length + 1).reduce((sum, length) => sum + length, -1),
      async *source() {
        for (let id = 0; id < count; id++) {
          pieces.given++;
          yield Buffer.from((id === 0 ? '' : ',') + rowOf(id));
        }
      },
    });
    expect(payload.bytes).toBeGreaterThan(mostHeldBytes);
    const inTable: number[] = [];
    const kept = fakeBucket();
    const load = async ({ body, rows }: LoadRequest): Promise<LoadResult> => {
      const ids: number[] = [];
      [pieces.given, pieces.taken] = [0, 0];
      for await (const piece of body.open()) {
        pieces.taken++;
        pieces.mostAhead = Math.max(pieces.mostAhead, pieces.given - pieces.taken);
        ids.push(
          ...[
            ...Buffer.from(piece)
              .toString()
              .matchAll(/"id":(\d+)/g),
          ].map(([, id]) => Number(id)),
        );
      }
      expect(ids).toHaveLength(rows);
      const errorLog = ids
        .filter(isWrong)
        .map((id) => `Error: Value length is beyond the capacity. column=v. Row: ${rowOf(id)}\n`);
      if (errorLog.length > 0)
        return { state: 'refused', kind: 'data', message: 'filtered', errorLog: errorLog.join('') };
      inTable.push(...ids);
      return { state: 'loaded', visible: true, already: false };
    };
    const delivery = atLeastOnce<Chunk>({
      ...{ starrocks: { load }, telemetry: { event: () => undefined, count: () => undefined } },
      ...{ labelPrefix: undefined, miscounts: undefined, join: joinChunks(csvLayout) },
      badRows: { ...chunkReader(csvLayout), objects: kept.store, mostHeldBytes },
      clock: { now: () => day, sleep: () => new Promise<void>(() => undefined), random: () => 0 },
    });
    const outcomes = await delivery.take({ destination: destination(), items: [payload] }, newRun([], 60_000));
    expect(outcomes.get(payload)).toEqual({ verdict: 'ack' });
    expect(inTable).toEqual(Array.from({ length: count }, (_, id) => id).filter((id) => !isWrong(id)));
    const lines = [...kept.bodies.values()].flatMap((bytes) => Buffer.from(bytes).toString().trimEnd().split('\n'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      [7, 200].map((row) => ({
        row,
        column: 'v',
        reason: expect.stringContaining('beyond the capacity'),
        text: rowOf(row),
      })),
    );
    expect(pieces.mostAhead).toBeLessThan(4);
  });
});

describe('what is kept of bad rows', () => {
  const columns = "`id`,`v_b64`,`v`=to_binary(`v_b64`,'encode64')";

  it('is JSON as a message has it, whatever keys the load reads', async () => {
    const { run, rejected } = setUp();
    await run(chunk({ text: '{"id":1.50,"v_b64":"bad"}' }), destination({ headers: { format: 'json', columns } }));
    expect(rejected().flatMap(({ rows }) => rows)).toMatchObject([{ text: '{"id":1.50,"v":"bad"}' }]);
  });

  it('is CSV that says how it is written, and which columns it has', async () => {
    const { run, rejected } = setUp();
    const csv = chunk({ layout: 'csv', text: '1\tbad\n' });
    await run(csv, destination({ headers: { format: 'csv', columns } }));
    const marks = { column_separator: '\t', row_delimiter: '\n', enclose: '', escape: '' };
    expect(rejected().flatMap(({ rows }) => rows)).toMatchObject([
      { text: '1\tbad', columns: ['id', 'v'], csv: marks },
    ]);
  });
});
