import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import type { Cells, FollowedTable, KeyRange, MySqlSource, RowChange } from '../../src/mysql/follow/source.ts';
import { follow, freshDatabase, lastPosition, readUntil, rowsOf } from './follow-world.ts';

const flavours = ['mariadb', 'mysql'] as const;
const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

/** Columns of a key, the key, and values of it. */
interface KeyCase {
  readonly columns: string;
  readonly key: string;
  readonly values: readonly string[];
  readonly only?: (typeof flavours)[number];
}
const of = (type: string, values: readonly string[], more: Partial<KeyCase> = {}): KeyCase => ({
  columns: `k ${type}`,
  key: 'k',
  values,
  ...more,
});
const texts = [
  "'a'",
  "'B'",
  "'b2'",
  "'Ä'",
  "'ae'",
  "'z'",
  "'ß'",
  "''",
  "'é\\'s'",
  "'back\\\\slash'",
  "'😀'",
  "'10'",
  "'9'",
  "'_'",
  "'ab'",
];
const latin = texts.filter((one) => !one.includes('😀'));

const keyCases: readonly KeyCase[] = [
  of('int', ['-5', '0', '7', '100', '-2147483648', '2147483647']),
  of('bigint unsigned', ['0', '9007199254740993', '9007199254740992', '18446744073709551615', '5']),
  of('decimal(30,10)', ['-1.5', '0', '0.0000000001', '12345678901234567890.0000000001', '12345678901234567890']),
  of('float', ['0.1', '0.2', '-0.3', '1e30', '16777216', '0.7']),
  of('double', ['0.1', '0.30000000000000004', '0.3', '-1e-300', '1e300']),
  of('bit(64)', ["b'0'", "b'1'", `b'${'1'.repeat(64)}'`, `b'1${'0'.repeat(63)}'`]),
  of('year', ["'0000'", '1901', '2000', '2155']),
  of('date', ["'0000-00-00'", "'2020-00-00'", "'2020-01-02'", "'9999-12-31'"]),
  of('datetime(6)', [
    "'2020-01-02 03:04:05.000001'",
    "'2020-01-02 03:04:05.000002'",
    "'0000-00-00'",
    "'2020-01-02 03:04:05'",
  ]),
  of('timestamp(3)', ["'2020-01-02 03:04:05.001'", "'2020-01-02 03:04:05.002'", "'1970-01-01 00:00:01'"]),
  of('time(3)', ["'-838:59:59'", "'-00:00:00.001'", "'00:00:00'", "'00:00:00.001'", "'12:00:00'", "'100:00:00'"]),
  of('varchar(20)', texts),
  of('varchar(20) collate utf8mb4_bin', texts),
  of('varchar(20) collate utf8mb4_unicode_ci', texts),
  of('varchar(20) character set latin1', latin),
  of(
    'varchar(20) character set latin1 collate latin1_german2_ci',
    latin.filter((one) => one !== "'ae'"),
  ),
  of('char(10)', texts),
  of('varchar(20) character set utf16', texts),
  of('binary(3)', ["x'00'", "x'0001'", "x'ff'", "x'61'", "x'4100ff'"]),
  of('varbinary(9)', ["x''", "x'00'", "x'0000'", "x'ff'", "x'61'", "x'4100ff'"]),
  of("enum('z','a','10','9')", ["'z'", "'a'", "'10'", "'9'"]),
  of("set('z','a','m')", ["'z'", "'a'", "'z,a'", "'m'", "'m,z'", "''"]),
  of(
    'uuid',
    [
      "'123e4567-e89b-12d3-a456-426655440000'",
      "'018f4567-e89b-7cc3-98c4-dc0c0c07398f'",
      "'00000000-0000-0000-0000-000000000001'",
      "'ffffffff-0000-1000-8000-000000000000'",
      "'a3e4567e-e89b-11d3-a456-426655440000'",
    ],
    { only: 'mariadb' },
  ),
  of('inet6', ["'::'", "'::1'", "'ff::'", "'2001:db8::1'", "'::ffff:1.2.3.4'"], { only: 'mariadb' }),
  of('inet4', ["'1.2.3.4'", "'255.0.0.1'", "'10.0.0.1'"], { only: 'mariadb' }),
  { columns: 't varchar(10), n int', key: 't, n', values: texts.flatMap((text) => [`${text}, 1`, `${text}, 2`]) },
  {
    columns: "n int, e enum('z','a'), d datetime(3), b varbinary(4)",
    key: 'e, d, b, n',
    values: ['1', '2'].flatMap((n) =>
      ["'z'", "'a'"].flatMap((e) =>
        ["'2020-01-01 00:00:00.001'", "'2020-01-01'"].flatMap((d) =>
          ["x''", "x'00'"].map((b) => `${n}, ${e}, ${d}, ${b}`),
        ),
      ),
    ),
  },
  { columns: 't text, n int', key: 't(10)', values: texts.map((text) => `${text}, 1`) },
];

const unlessDeadlock = (error: unknown) => {
  if ((error as { code?: string }).code !== 'ER_LOCK_DEADLOCK') throw error;
};

/** What changes make of rows that are told apart by their first cell. */
function apply(held: Map<string | undefined, Cells>, changes: readonly RowChange[]): void {
  for (const { before, after } of changes) {
    if (before) held.delete(before[0]);
    if (after) held.set(after[0], after);
  }
}

const read = async (source: MySqlSource, table: FollowedTable, range: KeyRange) => {
  const rows: Cells[] = [];
  for await (const batch of source.readRange(table, range)) rows.push(...batch.rows);
  return rows;
};

describe.each(flavours)('a snapshot of a real %s', async (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;
  const { connection } = server;
  await freshDatabase(connection, 'shop');
  await connection.query("SET SESSION sql_mode = '', SESSION time_zone = '+00:00'");
  const source = await follow(server, 'shop');
  afterAll(() => source.close());
  const cases = keyCases.filter(({ only = flavour }) => only === flavour);
  for (const [index, { columns, key, values }] of cases.entries()) {
    await connection.query(`CREATE TABLE k${index} (${columns}, v int, PRIMARY KEY (${key}))`);
    await connection.query(
      `INSERT IGNORE INTO k${index} VALUES ${values.map((value, v) => `(${value}, ${v})`).join(', ')}`,
    );
    await connection.query(`ANALYZE TABLE k${index}`);
  }
  const tables = new Map((await source.tables()).map((table) => [table.table, table]));

  it.each(cases.map(({ columns, key }, index) => [`${columns}, (${key})`, index] as const))(
    'goes on behind any row, and falls into ranges: %s',
    async (_, index) => {
      const table = tables.get(`k${index}`)!;
      const all = await read(source, table, {});
      const [[counted]] = await connection.query<RowDataPacket[]>(`SELECT COUNT(*) AS count FROM k${index}`);
      expect(all).toHaveLength(Number(counted?.['count']));
      expect(all.length).toBeGreaterThan(2);
      const keyAt = table.key.map((name) => table.shape.columns.findIndex((column) => column.name === name));
      const points = all.map((row) => keyAt.map((at) => row[at] ?? ''));
      for (const [at, point] of points.entries()) {
        expect(await read(source, table, { after: point })).toEqual(all.slice(at + 1));
        expect(await read(source, table, { upTo: point })).toEqual(all.slice(0, at + 1));
      }
      const ranges = await source.planRanges(table, 2);
      expect(ranges.length).toBeGreaterThan(1);
      const parts: Cells[] = [];
      for (const range of ranges) parts.push(...(await read(source, table, range)));
      expect(parts).toEqual(all);
    },
  );

  it('and the binlog behind its position together give what the table holds, while others write', async () => {
    await connection.query('CREATE TABLE busy (id INT PRIMARY KEY, v INT NOT NULL)');
    const { port, user, password } = server;
    let isOver = false;
    const write = async (seed: number) => {
      await using own = await createConnection({ host: '127.0.0.1', port, user, password, database: 'shop' });
      for (let n = seed; !isOver; n = (n * 1103515245 + 12345) % 2 ** 31) {
        const id = n % 200;
        const statements = [
          `INSERT IGNORE INTO busy VALUES (${id}, ${n % 1000})`,
          `UPDATE busy SET v = v + 1 WHERE id = ${id}`,
          `UPDATE IGNORE busy SET id = ${(id * 7) % 200} WHERE id = ${id}`,
          `DELETE FROM busy WHERE id = ${id}`,
        ];
        // One of two that wait for each other gives up: nothing of it is written.
        await own.query(statements[(n >> 8) % statements.length] ?? '').catch(unlessDeadlock);
      }
    };
    const writers = [1, 2, 3, 4].map(write);
    const rounds: { readonly from: Awaited<ReturnType<MySqlSource['notePosition']>>; readonly rows: Cells[] }[] = [];
    const table = (await source.tables()).find((one) => one.table === 'busy')!;
    for (let round = 0; round < 10; round++) {
      const from = await source.notePosition();
      const rows: Cells[] = [];
      for (const range of [{ upTo: ['50'] }, { after: ['50'], upTo: ['120'] }, { after: ['120'] }])
        rows.push(...(await read(source, table, range)));
      rounds.push({ from, rows });
    }
    isOver = true;
    await Promise.all(writers);
    await connection.query('CREATE TABLE end (id INT PRIMARY KEY); INSERT INTO end VALUES (1)');
    const last = await read(source, table, {});
    expect(last.length).toBeGreaterThan(10);
    for (const { from, rows } of rounds) {
      const held = new Map(rows.map((row) => [row[0], row]));
      const events = await readUntil(source, from, (all) => rowsOf(all).at(-1)?.shape.table === 'end');
      expect(lastPosition(events)).toBeDefined();
      apply(
        held,
        rowsOf(events).filter(({ shape }) => shape.table === 'busy'),
      );
      expect([...held.values()].toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(last);
    }
  });
});
