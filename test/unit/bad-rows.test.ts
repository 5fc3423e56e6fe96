import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { newRun } from '../../src/delivery/delivery.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { LoadRequest, LoadResult } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunkReader } from '../../src/rows/row-readers.ts';
import { chunk, csvLayout, destination, sqsRecord } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';

const day = Date.UTC(2026, 0, 2);
/** What each row says of where it came from, and when. */
const whose = { id: 'c1', messageId: 'c1', time: '2026-01-02T00:00:00.000Z' };
const isBad = (text: string) => text.includes('bad');
const refusal = (message = 'a row does not fit'): LoadResult => ({ state: 'refused', kind: 'data', message });

interface Script {
  readonly answer?: (rows: readonly string[]) => LoadResult | undefined;
  readonly meet?: (call: BucketCall) => Met;
  readonly searches?: number;
  readonly mostHeldBytes?: number;
}

/** A StarRocks that keeps rows, and refuses a load with a bad one; a bucket for what is rejected. */
function setUp({ answer = () => undefined, meet = () => 'pass', searches = 200, mostHeldBytes }: Script = {}) {
  const bucket = fakeBucket(meet);
  const inTable: string[] = [];
  const labels = new Set<string>();
  const told: string[] = [];
  let [loads, deliveries] = [0, 0];
  const deadlines: number[] = [];
  const load = async ({ label, body, rows, destination, deadlineMs }: LoadRequest): Promise<LoadResult> => {
    loads += 1;
    deadlines.push(deadlineMs);
    const { headers } = destination;
    const text = Buffer.concat(await Array.fromAsync(body.open())).toString();
    const sent =
      headers['format'] === 'csv'
        ? text.split('\n').filter(Boolean)
        : (JSON.parse(text) as object[]).map((row) => JSON.stringify(row));
    expect(sent).toHaveLength(rows);
    const refused = answer(sent) ?? (sent.some(isBad) ? refusal() : undefined);
    if (refused) return refused;
    const already = labels.has(label);
    if (!already) inTable.push(...sent);
    labels.add(label);
    return { state: 'loaded', visible: true, already };
  };
  const run = async (item: Chunk, to = destination()) => {
    const delivery = atLeastOnce<Chunk>({
      starrocks: { load },
      telemetry: { event: (...args) => void told.push(JSON.stringify(args)), count: () => undefined },
      ...{ labelPrefix: undefined, miscounts: undefined, join: joinChunks(csvLayout) },
      badRows: {
        ...chunkReader(csvLayout),
        objects: bucket.store,
        ...(mostHeldBytes === undefined ? {} : { mostHeldBytes }),
      },
      clock: { now: () => day, sleep: () => new Promise<void>(() => undefined), random: () => 0 },
    });
    const run = newRun([sqsRecord({ receiveCount: ++deliveries })], 60_000, searches);
    const outcomes = await delivery.take({ destination: to, items: [item] }, run);
    return outcomes.get(item);
  };
  const rejected = () =>
    [...bucket.bodies]
      .filter(([key]) => key.startsWith('rejected/'))
      .map(([key, bytes]) => ({
        key,
        rows: Buffer.from(bytes)
          .toString()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      }));
  return { run, inTable, told, rejected, bucket, deadlines, loads: () => loads };
}

const streamed = (layout: 'items' | 'csv', text: string, rows: number): Chunk =>
  chunk({
    ...{ layout, rows, text: '', bytes: Buffer.byteLength(text) },
    async *source() {
      yield Buffer.from(text);
    },
  });

const layouts: Record<string, (rows: readonly string[]) => Chunk> = {
  lines: (rows) => chunk({ text: rows.join('\n'), rows: rows.length }),
  items: (rows) => chunk({ layout: 'items', text: rows.join(' ,\n'), rows: rows.length }),
  csv: (rows) => chunk({ layout: 'csv', text: rows.map((row) => `${row}\n`).join(''), rows: rows.length }),
  'a payload of JSON that no memory holds': (rows) => streamed('items', rows.join(' ,\n'), rows.length),
  'a payload of CSV that no memory holds': (rows) =>
    streamed('csv', rows.map((row) => `${row}\n`).join(''), rows.length),
  'a payload of JSON': (rows) => streamed('items', rows.join(','), rows.length),
  'a payload of CSV': (rows) => streamed('csv', rows.map((row) => `${row}\n`).join(''), rows.length),
};

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
      { numRuns: 60 },
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

describe('the search for bad rows', () => {
  const rows = Array.from({ length: 100 }, (_, id) => `{"id":${id},"v":"${id % 3 === 0 ? 'bad' : ''}"}`);

  it('ends within its bound, and goes on there with the next delivery', async () => {
    const { run, rejected, loads, inTable } = setUp({ searches: 40 });
    const item = layouts['lines']?.(rows) as Chunk;
    for (let deliveries = 1; ; deliveries++) {
      const before = loads();
      const outcome = await run(item);
      expect(loads() - before).toBeLessThanOrEqual(1 + 40);
      if (outcome?.verdict === 'ack') break;
      expect(outcome).toMatchObject({ verdict: 'retry', code: 'ROWS_REFUSED' });
      expect(rejected()).toEqual([]);
      expect(deliveries).toBeLessThan(12);
    }
    expect(rejected().flatMap(({ rows }) => rows)).toHaveLength(34);
    expect(inTable.toSorted()).toEqual(rows.filter((row) => !isBad(row)).toSorted());
  });

  it('takes at most twice the bad rows times the logarithm of all rows, when StarRocks says nothing of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat({ max: 499 }), { maxLength: 6 }), async (bad) => {
        const { run, loads, rejected } = setUp();
        const texts = Array.from({ length: 500 }, (_, id) => `{"id":${id},"v":"${bad.includes(id) ? 'bad' : ''}"}`);
        expect(await run(layouts['lines']?.(texts) as Chunk)).toEqual({ verdict: 'ack' });
        expect(loads()).toBeLessThanOrEqual(1 + 2 * bad.length * Math.ceil(Math.log2(500)));
        expect(rejected().flatMap(({ rows }) => rows)).toHaveLength(bad.length);
      }),
      { numRuns: 40 },
    );
  });

  it('is over after a few loads when StarRocks names the rows, fifty at a time, and keeps its reasons', async () => {
    const logOf = (sent: readonly string[]) =>
      sent
        .filter(isBad)
        .slice(0, 50)
        .map((row) => `Error: Value length is beyond the capacity. column=v, capacity=2. Row: ${row}\n`)
        .join('');
    const { run, loads, rejected, inTable } = setUp({
      answer: (sent) =>
        sent.some(isBad)
          ? ({ ...refusal('too many filtered rows'), state: 'refused', errorLog: logOf(sent) } as LoadResult)
          : undefined,
    });
    const many = Array.from({ length: 1725 }, (_, id) => `{"id":${id},"v":"${id % 6 === 0 ? 'bad' : ''}"}`);
    expect(await run(layouts['lines']?.(many) as Chunk)).toEqual({ verdict: 'ack' });
    expect(loads()).toBeLessThanOrEqual(1 + Math.ceil(288 / 50));
    const kept = rejected().flatMap(({ rows }) => rows);
    expect(kept).toHaveLength(288);
    expect(kept[0]).toMatchObject({
      row: 0,
      code: 'ROWS_REFUSED',
      column: 'v',
      reason: expect.stringContaining('beyond the capacity'),
    });
    expect(inTable).toHaveLength(1725 - 288);
  });

  it('goes on behind the rows that StarRocks named before, though a delivery has time for one load of it only', async () => {
    const logOf = (sent: readonly string[]) =>
      sent
        .filter(isBad)
        .slice(0, 50)
        .map((row) => `Error: Value. Row: ${row}\n`);
    const { run, rejected, inTable } = setUp({
      answer: (sent) =>
        sent.some(isBad)
          ? ({ ...refusal('too many filtered rows'), state: 'refused', errorLog: logOf(sent).join('') } as LoadResult)
          : undefined,
      searches: 1,
    });
    const many = Array.from({ length: 1725 }, (_, id) => `{"id":${id},"v":"${id % 6 === 0 ? 'bad' : ''}"}`);
    const verdicts: unknown[] = [];
    while (verdicts.at(-1) !== 'ack' && verdicts.length < 20) {
      verdicts.push((await run(layouts['lines']?.(many) as Chunk))?.verdict);
    }
    // The first names 50 and 50 more; each later one at least as many as its one load of the rest names.
    expect(verdicts.length).toBeLessThanOrEqual(Math.ceil(288 / 50));
    expect(verdicts.at(-1)).toBe('ack');
    expect(rejected().flatMap(({ rows }) => rows)).toHaveLength(288);
    expect(inTable.toSorted()).toEqual(many.filter((row) => !isBad(row)).toSorted());
  });

  it('keeps time behind its last load, to write down what it found', async () => {
    const { run, deadlines } = setUp();
    await run(layouts['lines']?.(rows.slice(0, 10)) as Chunk);
    const [first, ...search] = deadlines;
    expect(first).toBe(60_000);
    expect(new Set(search)).toEqual(new Set([58_000]));
  });

  it('ends when StarRocks fails for another reason', async () => {
    const { run, rejected } = setUp({
      answer: (sent) =>
        sent.length < 5 ? { state: 'refused', kind: 'throttled', message: 'too many versions' } : undefined,
    });
    expect(await run(layouts['lines']?.(rows.slice(0, 12)) as Chunk)).toMatchObject({ verdict: 'retry' });
    expect(rejected()).toEqual([]);
  });

  it('is left for later when the payload cannot be read again', async () => {
    const { run, rejected } = setUp();
    let opened = 0;
    const gone = chunk({
      ...{ layout: 'items' as const, text: '', rows: 2, bytes: 21 },
      async *source() {
        if (++opened > 1) throw new SinkError('SEGMENT_UNREADABLE', 'rows/k: NoSuchKey.');
        yield Buffer.from('{"id":1},{"v":"bad!"}');
      },
    });
    expect(await run(gone)).toMatchObject({ verdict: 'retry', code: 'SEGMENT_UNREADABLE' });
    expect(rejected()).toEqual([]);
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
