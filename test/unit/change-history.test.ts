import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datetimeOf, datetimeOfNumber } from '../../src/messages/changes/moments.ts';
import { readChanges } from '../../src/messages/changes/read-changes.ts';
import { historyRow, mirrorRows } from '../../src/messages/changes/table-rows.ts';
import { runs } from '../property-runs.ts';

function changesOf(event: unknown) {
  const changes = readChanges(typeof event === 'string' ? event : JSON.stringify(event));
  if (changes === undefined || 'code' in changes) throw new Error(`no change: ${JSON.stringify(changes)}`);
  return changes;
}

const columns = {
  ...{ operation: 'op', position: 'pos', version: 'ver', committedAt: 'at' },
  ...{ before: 'was', after: 'is' },
};

const history = (event: unknown, named: object = columns) =>
  changesOf(event).flatMap((change) => change.rows.map((row) => JSON.parse(historyRow(row, change.origin(), named))));

const mysql = {
  connector: 'mysql',
  db: 'shop',
  table: 'kv',
  ts_ms: 1709210096123,
  file: 'bin.000002',
  pos: 40,
  row: 1,
};
const debezium = (parts: object, source: object = mysql) => ({ before: null, after: null, source, ts_ms: 1, ...parts });

describe('a history of rows', () => {
  it('tells each change with what became of the row, where, and when', () => {
    const update = debezium({ op: 'u', before: { id: 1, v: 'a' }, after: { id: 1, v: 'b' } });
    expect(history(update)).toEqual([
      {
        ...{ id: 1, v: 'b', op: 'update', pos: 'bin.000002:40:1', ver: String((2n << 64n) | (40n << 24n) | 1n) },
        ...{ at: '2024-02-29 12:34:56.123', was: { id: 1, v: 'a' }, is: { id: 1, v: 'b' } },
      },
    ]);
  });

  it('keeps what was deleted, and NULLs in it', () => {
    const deleted = debezium({ op: 'd', before: { id: 1, v: null } });
    expect(history(deleted, { operation: 'op' })).toEqual([{ id: 1, v: null, op: 'delete' }]);
    expect(history(deleted)).toMatchObject([{ was: { id: 1, v: null }, is: null }]);
  });

  it('marks rows of a snapshot', () => {
    const read = debezium({ op: 'r', after: { id: 1 } });
    expect(history(read, { operation: 'op' })).toEqual([{ id: 1, op: 'snapshot' }]);
  });

  it('is told of a changed key by one change where the source does so', () => {
    const moved = { database: 'shop', table: 'kv', type: 'update', ts: 1, primary_key_columns: ['id'] };
    expect(history({ ...moved, data: { id: 2 }, old: { id: 1 } }, { operation: 'op', before: 'was' })).toEqual([
      { id: 2, op: 'update', was: { id: 1 } },
    ]);
  });
});

describe('the transaction of a change', () => {
  const row = { op: 'c', after: { id: 1 } };
  const maxwell = { database: 'shop', table: 'kv', type: 'insert', ts: 1, data: { id: 1 } };
  const canal = { database: 'shop', table: 'kv', type: 'INSERT', isDdl: false, es: 1, data: [{ id: '1' }] };
  const dms = { 'record-type': 'data', operation: 'insert', 'schema-name': 'shop', 'table-name': 'kv' };

  it.each<[string, unknown, string | null]>([
    [
      'Debezium, told by its block',
      debezium({ ...row, transaction: { id: 'file=b,pos=4', total_order: 1 } }),
      'file=b,pos=4',
    ],
    ['Debezium, told by a GTID', debezium(row, { ...mysql, gtid: '3e11fa47:23' }), '3e11fa47:23'],
    [
      'Debezium, told by a number of Postgres',
      debezium({ ...row, transaction: null }, { connector: 'postgresql', table: 't', txId: 555, lsn: 1 }),
      '555',
    ],
    ['Debezium, unwrapped', { id: 1, __op: 'c', __transaction_id: '7:1' }, '7:1'],
    ['Debezium, that does not tell', debezium(row), null],
    ['Maxwell', { ...maxwell, xid: 940752 }, '940752'],
    ['Maxwell, told by a GTID', { ...maxwell, xid: 1, gtid: '3e11fa47:24' }, '3e11fa47:24'],
    ['Canal', { ...canal, gtid: '3e11fa47:25' }, '3e11fa47:25'],
    ['Canal, without GTIDs', { ...canal, gtid: '' }, null],
    ['DMS', { data: { id: 1 }, metadata: { ...dms, 'transaction-id': 8589934592 } }, '8589934592'],
  ])('of %s', (_, event, transaction) => {
    expect(history(event, { transaction: 'trx' })).toEqual([expect.objectContaining({ trx: transaction })]);
  });
});

describe('the place of a change', () => {
  const versionOf = (event: unknown) => changesOf(event)[0]?.origin().version;
  const inOrder = (events: readonly unknown[]) => events.map((event) => versionOf(event) ?? -1n);

  it.each<[string, readonly unknown[]]>([
    [
      'Debezium, MySQL',
      [
        debezium({ op: 'u', after: { id: 1 } }),
        debezium({ op: 'u', after: { id: 1 } }, { ...mysql, row: 2 }),
        debezium({ op: 'd', before: { id: 1 } }, { ...mysql, pos: 41, row: 0 }),
        debezium({ op: 'c', after: { id: 1 } }, { ...mysql, file: 'bin.000010', pos: 4, row: 0 }),
      ],
    ],
    [
      'Debezium, Postgres',
      ['99', '100'].map((lsn) =>
        JSON.stringify(
          debezium({ op: 'u', after: { id: 1 } }, { connector: 'postgresql', table: 't', lsn: 1 }),
        ).replace('"lsn":1', `"lsn":${lsn}`),
      ),
    ],
    [
      'Debezium, SQL Server',
      [
        { change_lsn: '00000027:00000758:0005', event_serial_no: 1 },
        { change_lsn: '00000027:00000758:0005', event_serial_no: 2 },
        { change_lsn: '00000027:00000a00:0001', event_serial_no: 1 },
      ].map((place) => debezium({ op: 'u', after: { id: 1 } }, { connector: 'sqlserver', table: 't', ...place })),
    ],
    [
      'rows alone that were told their place',
      [4, 5].map((pos) => ({ id: 1, __op: 'u', __source_file: 'b.01', __source_pos: pos })),
    ],
    [
      'Maxwell',
      [{ xoffset: 0 }, { xoffset: 1 }, { commit: true }].map((parts) => ({
        ...{ database: 'd', table: 't', type: 'insert', ts: 1, xid: 1, position: 'bin.000001:40', data: { id: 1 } },
        ...parts,
      })),
    ],
    [
      'Canal',
      [
        [1000, 9],
        [1000, 10],
        [2000, 1],
      ].map(([es, id]) => ({ database: 'd', table: 't', type: 'INSERT', isDdl: false, data: [{ id: '1' }], es, id })),
    ],
  ])('grows with each change of %s', (_, events) => {
    const versions = inOrder(events);
    expect(versions.every((version, at) => version > (versions[at - 1] ?? -1n) && version < 2n ** 127n)).toBe(true);
  });

  it('of a snapshot that reads while transactions are open is before all of theirs', () => {
    const read = debezium({ op: 'r', after: { id: 1 } }, { connector: 'postgresql', snapshot: 'first', lsn: 500 });
    expect(versionOf(read)).toBe(0n);
  });

  it('is not told where the event does not hold it', () => {
    expect(versionOf(debezium({ op: 'u', after: { id: 1 } }, { connector: 'mysql', table: 't' }))).toBeUndefined();
    expect(versionOf({ database: 'd', table: 't', type: 'insert', ts: 1, data: { id: 1 } })).toBeUndefined();
  });
});

describe('numbers', () => {
  const digits = fc.stringMatching(/^\d{1,25}$/).map((text) => text.replace(/^0+(?=\d)/, ''));
  const written = fc
    .tuple(fc.constantFrom('', '-'), digits, fc.option(fc.stringMatching(/^\d{1,25}$/), { nil: undefined }))
    .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}`);
  const events: readonly ((number: string) => string)[] = [
    (number) => `{"before":null,"after":{"v":${number}},"source":${JSON.stringify(mysql)},"op":"c","ts_ms":1}`,
    (number) => `{"database":"d","table":"t","type":"insert","ts":1,"data":{"v":${number},"source":{"version":1}}}`,
    (number) => `{"v":${number},"__op":"c","__ts_ns":1709210096123456789}`,
    (number) =>
      `{"schema":{"type":"struct","fields":[{"field":"after","type":"struct","fields":[]}]},"payload":{"before":null,"after":{"s":1,"source":{"version":""},"v":${number}},"source":${JSON.stringify(mysql)},"op":"c","ts_ms":1}}`,
  ];

  it('of moments are read alike, in the slow way and in the fast', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('ms', 'us', 'ns'), (count, unit) => {
        expect(datetimeOfNumber(count, unit)).toBe(datetimeOf(BigInt(count), unit));
      }),
    );
  });

  it('are never rounded', () => {
    fc.assert(
      fc.property(written, fc.constantFrom(...events), (number, event) => {
        const [change] = changesOf(event(number));
        const [row = ''] = change?.rows.flatMap((each) => mirrorRows(each, { ignoresUpdateBefore: true })) ?? [];
        const [, found] = /"v":"?(-?[\d.]+)/.exec(row) ?? [];
        expect(Number(number) === 0 && Number(found) === 0 ? number : found).toBe(number);
      }),
      { numRuns: runs(500) },
    );
  });
});
