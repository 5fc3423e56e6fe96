import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../src/messages/decode.ts';
import { fitMessage } from '../../src/pipeline/fit-message.ts';
import type { Ready, Way } from '../../src/pipeline/way.ts';
import { type Chunk, newChunk } from '../../src/rows/chunk.ts';
import type { CsvHeader, CsvLayout } from '../../src/rows/csv-rows.ts';
import { createChunkFitter } from '../../src/rows/fit-chunk.ts';
import { type DescribedColumn, type FitRules, fitTableOf } from '../../src/rows/fit-table.ts';
import { chunkOfRows, rowTexts } from '../../src/rows/row-parts.ts';
import { ExpectedFitters } from '../../src/rows/row-watch.ts';
import { sqsRecord } from '../builders.ts';
import { runs } from '../property-runs.ts';

const ofLoads: CsvLayout = { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' };
const column = (name: string, type: string, more: Partial<DescribedColumn> = {}): DescribedColumn => ({
  ...{ name, type, nullable: true, key: false, generated: false, autoIncrement: false, default: undefined },
  ...more,
});
const columns = [
  column('id', 'bigint(20)', { nullable: false, key: true }),
  column('name', 'varchar(10)'),
  column('at', 'datetime'),
  column('doc', 'json'),
  column('state', 'varchar(10)', { nullable: false, default: 'new' }),
];
const rules: FitRules = {
  ...{ timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, unknownKeys: 'drop' },
  now: () => Date.UTC(2024, 2, 5, 12),
};

interface Case {
  readonly format?: 'json' | 'csv';
  readonly header?: CsvHeader;
  readonly named?: readonly string[];
  readonly changed?: Partial<FitRules>;
}

function wayOf({ format = 'json', header = 'auto', named, changed }: Case): Way {
  const names = columns.map(({ name }) => name);
  return {
    destination: { database: 'd', table: 't', headers: { format }, primaryKey: ['id'] },
    columns: named ?? names,
    fitter: createChunkFitter(fitTableOf(columns, ['id'], { ...rules, ...changed }), ofLoads),
    narrower: new Map(),
    csvHeader: header,
    known: names,
  };
}

/** What is loaded of a message, and what is kept aside. */
async function loaded(ready: Ready) {
  if (!ready.ok) return ready;
  return Promise.all(
    ready.portions.map(async ({ chunk, destination }) => {
      const text = chunk.source ? Buffer.concat(await Array.fromAsync(chunk.source())).toString() : chunk.text;
      expect(chunk.bytes).toBe(Buffer.byteLength(text));
      const rows = rowTexts({ ...chunk, text }, ofLoads);
      expect(chunk.rows).toBe(rows.length);
      return {
        ...{ rows, columns: destination.headers['columns'], hasDeletes: chunk.hasDeletes },
        bad: (chunk.badRows ?? []).map(({ row, reason, text: bad }) => [row, reason, bad]),
      };
    }),
  );
}

/** The same rows, not held in memory, in pieces that end anywhere. */
function streamed(chunk: Chunk, pieceBytes: number): Chunk {
  const layout = chunk.layout === 'csv' ? ('csv' as const) : ('items' as const);
  const { text } = chunkOfRows(
    { ...chunk, layout },
    chunk.id,
    rowTexts(chunk, chunk.csv ?? ofLoads),
    chunk.csv ?? ofLoads,
  );
  const bytes = Buffer.from(text);
  return {
    ...{ ...chunk, layout, text: '', bytes: bytes.byteLength },
    async *source() {
      for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

const held = (text: string, layout: 'lines' | 'csv', more: Partial<Chunk> = {}) =>
  newChunk({ id: 'c', layout, text, rows: text.trimEnd().split('\n').length, ...more });

async function both(chunk: Chunk, of: Case, pieceBytes = 7) {
  const small = await loaded(await fitMessage(chunk, wayOf(of), ofLoads));
  const large = await loaded(await fitMessage(streamed(chunk, pieceBytes), wayOf(of), ofLoads));
  const withoutMarks = (found: typeof small) =>
    JSON.parse(JSON.stringify(found, (key, v) => (key === 'hasDeletes' ? undefined : v)));
  expect(withoutMarks(large)).toEqual(withoutMarks(small));
  return small;
}

describe('what holds for the rows of a message holds for those of a large object', () => {
  it('names the columns that rows hold, and writes the DEFAULT where others have the column', async () => {
    const rows = '{"ID":1,"name":"é"}\n{"id":2,"state":"old"}\n{"id":3,"x":1}';
    expect(await both(held(rows, 'lines'), {})).toMatchObject([
      {
        columns: '`id`,`name`,`at`,`doc`,`state`',
        rows: ['{"id":1,"name":"é","state":"new"}', '{"id":2,"state":"old"}', '{"id":3,"x":1,"state":"new"}'],
      },
    ]);
  });

  it('leaves a column with a DEFAULT out that no row holds', async () => {
    expect(await both(held('{"id":1}\n{"id":2,"name":"x"}', 'lines'), {})).toMatchObject([
      { columns: '`id`,`name`,`at`,`doc`', rows: ['{"id":1}', '{"id":2,"name":"x"}'] },
    ]);
  });

  it('parts rows that do not fit, each with its place', async () => {
    const [portion] = (await both(
      held('{"id":1}\n{}\n{"id":2,"name":"12345678901"}\n{"id":3}', 'lines'),
      {},
    )) as never[];
    expect(portion).toMatchObject({
      rows: ['{"id":1}', '{"id":3}'],
      bad: [
        [1, 'Row 2: an object without keys.', '{}'],
        [2, "Row 3: column 'name': 11 bytes, expected at most 10.", '{"id":2,"name":"12345678901"}'],
      ],
    });
  });

  it('takes the header line of CSV off, and makes moments of dates with a zone', async () => {
    const text = 'at,id\n2024-03-05T12:00:00+01:00,1\n,2\nx,3\n';
    expect(await both(held(text, 'csv'), { format: 'csv' })).toMatchObject([
      {
        columns: '`at`,`id`',
        rows: ['2024-03-05 11:00:00,1', '\\N,2'],
        bad: [[2, "Row 3: column 'at': no datetime that is understood.", 'x,3']],
      },
    ]);
  });

  it.each(['json', 'csv'] as const)('says of bad CSV how it is written, where loads are %s', async (format) => {
    const csv = { columnSeparator: ';', rowDelimiter: '\n', enclose: "'" };
    const came = held('name;id\n1;2;3\na;4\n', 'csv', { csv });
    for (const chunk of [came, streamed(came, 7)]) {
      const ready = await fitMessage(chunk, wayOf({ format }), ofLoads);
      const badRows = [{ text: '1;2;3', csv: { layout: csv, columns: ['name', 'id'] } }];
      expect(ready).toMatchObject({ portions: [{ chunk: { badRows } }] });
    }
  });

  it('makes JSON of CSV where loads are JSON, and CSV of JSON where they are CSV', async () => {
    const csv = held('id,doc\n1,"{""a"":1}"\n', 'csv');
    expect(await both(csv, {})).toMatchObject([{ rows: ['{"id":"1","doc":{"a":1}}'] }]);
    const json = held('{"id":1,"name":"a,b"}\n{"id":2,"doc":{"x":1.50}}', 'lines');
    expect(await both(json, { format: 'csv' })).toMatchObject([
      { columns: '`id`,`name`,`at`,`doc`', rows: ['1,"a,b",\\N,\\N', '2,\\N,\\N,"{""x"":1.50}"'] },
    ]);
  });

  it('updates only the columns that rows hold, or that the attribute names', async () => {
    const partial = { changed: { isPartial: true } };
    expect(await both(held('{"id":1,"name":"x"}\n{"name":"y","id":2}', 'lines'), partial)).toMatchObject([
      { columns: '`id`,`name`', rows: ['{"id":1,"name":"x"}', '{"name":"y","id":2}'] },
    ]);
    const named = held('{"id":1,"name":"x","state":"s"}', 'lines', { columns: ['id', 'state'] });
    expect(await both(named, partial)).toMatchObject([{ columns: '`id`,`state`' }]);
  });

  it('says what to do where rows of a large object would have to be loads of their own', async () => {
    const rows = streamed(held('{"id":1,"name":"x"}\n{"id":1,"state":"s"}', 'lines'), 7);
    await expect(fitMessage(rows, wayOf({ changed: { isPartial: true } }), ofLoads)).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      detail: expect.stringContaining('its rows do not all hold the same'),
    });
  });

  it('gives the same rows, whatever they are', async () => {
    const value = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ maxLength: 4, unit: 'grapheme' }),
      fc.integer(),
      fc.constantFrom(null, true, '2024-03-05T12:00:00Z'),
    );
    const row = fc.dictionary(fc.constantFrom('id', 'Name', 'at', 'doc', 'state', 'x', '__op'), value, { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('json' as const, 'csv' as const),
        fc.integer({ min: 1, max: 50 }),
        async (rows, format, pieceBytes) => {
          const text = rows.map((each) => JSON.stringify(each)).join('\n');
          // CSV of a message is refused whole when a value cannot be written, a row of it alone in a stream.
          if (format === 'csv' && /[\\]N|__op/.test(text)) return;
          await both(held(text, 'lines'), { format }, pieceBytes);
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe('rows of CSV', () => {
  it('delete by the key alone, in words or numbers, and say why they cannot', async () => {
    const text = '1,x,delete\n2,,1\n3,toolongtoolong,"DELETE"\n,y,1\n4,z,upsert\n5,z,\n6,z,remove\n';
    const [portion] = (await both(held(text, 'csv', { columns: ['id', 'name', '__op'] }), {
      format: 'csv',
      named: ['id', 'name', '__op'],
    })) as never[];
    expect(portion).toMatchObject({
      rows: ['1,x,1', '2,,1', '3,\\N,1', '4,z,0', '5,z,0'],
      bad: [
        [3, "Row 4: column 'id': NULL, and the column is NOT NULL.", ',y,1'],
        [6, 'Row 7: __op is "remove", expected 0 or "upsert", 1 or "delete".', '6,z,remove'],
      ],
    });
  });

  it('leave out what is no column, by place, and tell of it', async () => {
    const rows = held('1,x,Ann\n', 'csv', { columns: ['ID', 'mood', 'name'] });
    const ready = await fitMessage(rows, wayOf({ format: 'csv', named: ['ID', 'mood', 'name'] }), ofLoads);
    expect(ready).toMatchObject({
      portions: [{ chunk: { text: '1,x,Ann\n' }, destination: { headers: { columns: '`id`,`skipped_2`,`name`' } } }],
      keys: { unknown: new Set(['mood']), rowsWithUnknown: 1, misspelt: new Set(['ID']) },
    });
    const strict = { format: 'csv' as const, named: ['id', 'mood'], changed: { unknownKeys: 'reject' as const } };
    const [portion] = (await both(held('1,x\n', 'csv', { columns: ['id', 'mood'] }), strict)) as never[];
    expect(portion).toMatchObject({ bad: [[0, 'Row 1: 1 keys are no columns, the first is "mood".', '1,x']] });
  });

  it('say which column they lack', async () => {
    const [portion] = (await both(held('x\n', 'csv', { columns: ['name'] }), {
      format: 'csv',
      named: ['name'],
    })) as never[];
    expect(portion).toMatchObject({
      bad: [[0, "Row 1: column 'id' is NOT NULL without a DEFAULT, and is absent.", 'x']],
    });
  });
});

describe('rows that are looked at while they are parsed', () => {
  it('are fitted as they are when nobody looked', async () => {
    const way = wayOf({});
    const { fitter = expect.fail() } = way;
    const expected = new ExpectedFitters();
    const watchFor = (...rows: Parameters<ExpectedFitters['watchFor']>) => expected.watchFor(...rows);
    const value = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ maxLength: 4, unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(null, true, '2024-03-05 12:00:00', '2024-03-05T12:00:00Z', { a: 1 }),
    );
    const row = fc.record(
      { id: value, name: value, at: value, doc: value, x: value, __op: fc.constantFrom(0, 1) },
      { requiredKeys: ['id'] },
    );
    const plainRow = fc.record(
      { id: fc.integer(), name: fc.string({ maxLength: 3, unit: 'grapheme' }), at: fc.constant('2024-03-05 12:00:00') },
      { requiredKeys: ['id', 'name'] },
    );
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.array(plainRow, { minLength: 1 }), fc.array(row, { minLength: 1, maxLength: 5 })),
        async (rows) => {
          const body = rows.map((each) => JSON.stringify(each)).join('\n');
          const rules = { maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: ofLoads, keepsBadRows: true };
          const read = (how: object) => {
            const decoded = decodeMessage(sqsRecord({ body, attributes: { rows: String(rows.length) } }), {
              ...rules,
              ...how,
            });
            return decoded.ok ? decoded.chunks[0] : expect.fail();
          };
          const [watched, plain] = [read({ watchFor }), read({})];
          if (watched.seen) seen++;
          const results = await Promise.all([watched, plain].map(async (chunk) => fitMessage(chunk, way, ofLoads)));
          const [first, second] = await Promise.all(results.map(loaded));
          expect(first).toEqual(second);
          expect(results.map((ready) => ready.ok && ready.keys)).toEqual([
            results[1]?.ok && results[1].keys,
            results[1]?.ok && results[1].keys,
          ]);
          expected.learn(watched, fitter.fitterOf(watched));
        },
      ),
      { numRuns: runs(300) },
    );
    expect(seen).toBeGreaterThan(runs(50));
  });
});
