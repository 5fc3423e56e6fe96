import { expect, it } from 'vitest';
import { readTable } from '../../src/starrocks/schema.ts';
import { readRecording } from '../contract/replay/recording.ts';
import { type Row, type ScriptedQueryPort, type SqlAnswer, serveSql } from './scripted-query-port.ts';
import { deadOrigin } from './scripted-server.ts';

const tableColumns: Row[] = [
  {
    COLUMN_NAME: 'id',
    COLUMN_TYPE: 'bigint(20)',
    IS_NULLABLE: 'NO',
    COLUMN_KEY: 'PRI',
    COLUMN_DEFAULT: null,
    GENERATION_EXPRESSION: null,
  },
  {
    COLUMN_NAME: 'name',
    COLUMN_TYPE: 'varchar(20)',
    IS_NULLABLE: 'YES',
    COLUMN_KEY: '',
    COLUMN_DEFAULT: 'nobody',
    GENERATION_EXPRESSION: null,
  },
  {
    COLUMN_NAME: 'up',
    COLUMN_TYPE: 'varchar(20)',
    IS_NULLABLE: 'YES',
    COLUMN_KEY: '',
    COLUMN_DEFAULT: null,
    GENERATION_EXPRESSION: 'upper(name)',
  },
];

/** A table that has no key: a duplicate-key table may. */
const keyless = tableColumns.map((column) => ({ ...column, COLUMN_KEY: '' }));

const plain = { generated: false, autoIncrement: false, default: undefined };

/** A query port that knows one table. */
const queryPort = (columns: Row[], config: Row[], description: SqlAnswer = []): Promise<ScriptedQueryPort> =>
  serveSql((sql) => (sql.startsWith('DESC') ? description : sql.includes('tables_config') ? config : columns));

/** The error that a real frontend was recorded to give to a statement that begins so. */
function recordedError(recording: string, statement: string): SqlAnswer {
  const { error } =
    readRecording(recording).exchanges.find(
      ({ request, response }) => request?.sql?.startsWith(statement) && response?.error,
    )?.response ?? {};
  return { errno: error?.errno ?? 0, message: error?.message ?? '' };
}

it('reads columns and model from the first host that answers', async () => {
  const dead = new URL(await deadOrigin()).host;
  const { host, queries } = await queryPort(tableColumns, [{ TABLE_MODEL: 'PRI_KEYS' }]);
  const schema = await readTable(
    { jdbcUrl: `jdbc:mysql://${dead},${host}`, user: 'root', password: '', timeoutMs: 5_000 },
    "d'b",
    't',
  );
  expect(schema).toEqual({
    model: 'primary',
    columns: [
      { name: 'id', type: 'bigint(20)', nullable: false, key: true, ...plain },
      { name: 'name', type: 'varchar(20)', nullable: true, key: false, ...plain, default: 'nobody' },
      { name: 'up', type: 'varchar(20)', nullable: true, key: false, ...plain, generated: true },
    ],
  });
  expect(queries[0]).toContain("'d\\'b'");
});

it('learns from SHOW CREATE TABLE which column StarRocks numbers, since information_schema does not tell', async () => {
  const shown =
    'CREATE TABLE `t` (\n  `id` bigint(20) NOT NULL AUTO_INCREMENT COMMENT "",\n  `name` varchar(20) NULL\n)';
  const { host } = await serveSql((sql) =>
    sql.startsWith('SHOW CREATE')
      ? [{ Table: 't', 'Create Table': shown }]
      : sql.includes('tables_config')
        ? [{ TABLE_MODEL: 'PRIMARY_KEYS' }]
        : tableColumns,
  );
  const access = { jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '', timeoutMs: 5_000 };
  const { columns } = await readTable(access, 'd', 't');
  expect(columns.filter(({ autoIncrement }) => autoIncrement).map(({ name }) => name)).toEqual(['id']);
});

it.each([
  ['PRI', 'primary'],
  ['UNI', 'unique'],
  ['AGG', 'aggregate'],
  ['DUP', 'duplicate'],
])('reads the model from the word %s of the key columns: %s', async (word, model) => {
  const columns = tableColumns.map((column) => ({ ...column, COLUMN_KEY: column['COLUMN_KEY'] ? word : '' }));
  const { host, queries } = await queryPort(columns, []);
  await expect(
    readTable({ jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '', timeoutMs: 5_000 }, 'd', 't'),
  ).resolves.toMatchObject({ model });
  expect(queries.filter((sql) => sql.includes('tables_config'))).toEqual([]);
});

it.each([
  ['no key column', ['', '', '']],
  ['a word that is not known', ['MUL', '', '']],
  ['two words', ['PRI', 'UNI', '']],
])('asks for the model of a table with %s', async (_, words) => {
  const columns = tableColumns.map((column, at) => ({ ...column, COLUMN_KEY: words[at] ?? '' }));
  const { host } = await queryPort(columns, [{ TABLE_MODEL: 'AGG_KEYS' }]);
  await expect(
    readTable({ jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '', timeoutMs: 5_000 }, 'd', 't'),
  ).resolves.toMatchObject({ model: 'aggregate' });
});

it.each([
  ['PRIMARY_KEYS', 'primary'],
  ['PRI_KEYS', 'primary'],
  ['UNIQUE_KEYS', 'unique'],
  ['UNQ_KEYS', 'unique'],
  ['AGG_KEYS', 'aggregate'],
  ['DUP_KEYS', 'duplicate'],
])('reads the model word %s as %s', async (word, model) => {
  const { host } = await queryPort(keyless, [{ TABLE_MODEL: word }]);
  await expect(
    readTable({ jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '', timeoutMs: 5_000 }, 'd', 't'),
  ).resolves.toMatchObject({ model });
});

it.each([
  [[{ TABLE_MODEL: 'LOG_KEYS' }], 'Of d.t, information_schema.tables_config says "LOG_KEYS".'],
  [[], 'Of d.t, information_schema.tables_config has no row for it.'],
])('says what it found of a table whose model is not known', async (config, detail) => {
  const { host } = await queryPort(keyless, config);
  await expect(
    readTable({ jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '', timeoutMs: 5_000 }, 'd', 't'),
  ).rejects.toMatchObject({
    code: 'TABLE_MODEL_UNKNOWN',
    detail,
  });
});

it('says that a table does not exist', async () => {
  const { host } = await queryPort([], []);
  await expect(
    readTable({ jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '', timeoutMs: 5_000 }, 'd', 't'),
  ).rejects.toMatchObject({
    code: 'STARROCKS_CONFIGURATION',
  });
});

it('says that the password is wrong', async () => {
  const { host } = await queryPort(tableColumns, []);
  await expect(
    readTable({ jdbcUrl: `jdbc:mysql://${host}`, user: 'nobody', password: 'x', timeoutMs: 5_000 }, 'd', 't'),
  ).rejects.toMatchObject({
    code: 'STARROCKS_ACCESS_DENIED',
    detail: `The query port ${host} says: Access denied for user 'nobody'.`,
  });
});

it.each<[string, SqlAnswer, object]>([
  [
    'that the database does not exist',
    recordedError('alter-add-column', 'SHOW ALTER TABLE COLUMN FROM no_such_db'),
    { code: 'STARROCKS_CONFIGURATION', detail: 'There is no database d.' },
  ],
  [
    'so also by the documented number',
    { errno: 1049, message: "Unknown database 'd'" },
    { code: 'STARROCKS_CONFIGURATION', detail: 'There is no database d.' },
  ],
  [
    'that the table does not exist',
    recordedError('cluster', 'SELECT * FROM rec.no_such'),
    { code: 'STARROCKS_CONFIGURATION', detail: 'The database d has no table t.' },
  ],
  [
    'so also by the documented number',
    { errno: 1146, message: "Table 'd.t' doesn't exist" },
    { code: 'STARROCKS_CONFIGURATION', detail: 'The database d has no table t.' },
  ],
  [
    'which privilege the user lacks',
    recordedError('privileges', 'DESC rec.uni_types'),
    {
      code: 'STARROCKS_PRIVILEGE_MISSING',
      detail: expect.stringContaining("GRANT INSERT ON TABLE d.t TO USER 'root'@'%'."),
    },
  ],
  [
    'that nodes are down',
    { errno: 1064, message: 'Backend node not found. Check if any backend node is down.' },
    { code: 'STARROCKS_TRANSIENT' },
  ],
  ['what else it meets', { errno: 1064, message: 'something' }, { code: 'STARROCKS_CONFIGURATION' }],
])('of a table that is not shown says %s', async (_, description, failure) => {
  const { host } = await queryPort([], [], description);
  await expect(
    readTable({ jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '', timeoutMs: 5_000 }, 'd', 't'),
  ).rejects.toMatchObject(failure);
});

it('names every host when none can be reached', async () => {
  const hosts = [new URL(await deadOrigin()).host, new URL(await deadOrigin()).host];
  const failure = readTable(
    { jdbcUrl: `jdbc:mysql://${hosts.join()}`, user: 'root', password: '', timeoutMs: 5_000 },
    'd',
    't',
  );
  await expect(failure).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
  await expect(failure).rejects.toThrow(hosts[0]);
  await expect(failure).rejects.toThrow(hosts[1]);
});
