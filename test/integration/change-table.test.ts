import { describe, expect, it } from 'vitest';
import { createTableChanger } from '../../src/starrocks/change-table.ts';
import { type SqlAnswer, serveSql } from './scripted-query-port.ts';

/** @source test/fixtures/recorded/alter-add-column.json, privileges.json */
const says = {
  busy: { errno: 1064, message: 'A schema change operation is in progress on the table t. Please wait until …' },
  there: { errno: 1064, message: 'Can not add column which already exists in base table: v' },
  denied: {
    errno: 5203,
    message:
      'Access denied; you need (at least one of) the ALTER privilege(s) on TABLE t for this operation. Please ask the admin to grant permission(s) or try activating existing roles using <set [default] role>. Current role(s): NONE. Inactivated role(s): NONE.',
  },
} as const;

const target = { database: 'd', table: 't' };
const isAlter = (sql: string) => sql.startsWith('ALTER TABLE');
const named = (...names: readonly string[]): SqlAnswer => names.map((name) => ({ COLUMN_NAME: name }));

/** A server whose answers to ALTER TABLE are told, and whose columns follow from what `columns` says after so many of them. */
async function changer(answers: readonly SqlAnswer[], columns: (alters: number) => SqlAnswer) {
  let alters = 0;
  const { host, queries } = await serveSql((sql) => (isAlter(sql) ? (answers[alters++] ?? 'ok') : columns(alters)));
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
  };
  const clock = { now: () => now, sleep };
  const credentials = { read: async () => ({ username: 'root', password: '' }) };
  const made = createTableChanger({ jdbcUrl: `jdbc:mysql://${host}`, credentials, timeoutMs: 2000, clock });
  return { ...made, clock, statements: () => queries.filter(isAlter) };
}

const v = [{ name: 'v', type: 'BIGINT' }];

describe('adding columns', () => {
  it('asks once for all that are missing, and leaves those that somebody else has added', async () => {
    const { addColumns, statements } = await changer([], (alters) =>
      alters > 0 ? named('id', 'V', 'w') : named('id', 'w'),
    );
    await addColumns(target, [...v, { name: 'w', type: 'DATE' }], 10_000);
    expect(statements()).toEqual(['ALTER TABLE `d`.`t` ADD COLUMN (`v` BIGINT NULL)']);
  });

  it('waits while another change of the table is being carried out', async () => {
    const { addColumns, statements, clock } = await changer([says.busy, says.busy], (alters) =>
      alters > 2 ? named('id', 'v') : named('id'),
    );
    await addColumns(target, v, 10_000);
    expect(statements()).toHaveLength(3);
    expect(clock.now()).toBeGreaterThan(0);
  });

  it('agrees with another function that was faster, and waits until its column is to be seen', async () => {
    let asked = 0;
    const { addColumns } = await changer([says.there], () => (++asked > 3 ? named('id', 'v') : named('id')));
    await addColumns(target, v, 10_000);
    expect(asked).toBe(4);
  });

  it('gives up at the deadline with what heals by itself: the rows come again', async () => {
    const { addColumns } = await changer(
      Array.from({ length: 99 }, () => says.busy),
      () => named('id'),
    );
    await expect(addColumns(target, v, 3000)).rejects.toMatchObject({ code: 'STARROCKS_TRANSIENT' });
  });

  it('says the GRANT where it is refused, and asks again only after a minute', async () => {
    const { addColumns, statements, clock } = await changer([says.denied, 'ok'], (alters) =>
      alters > 1 ? named('id', 'v') : named('id'),
    );
    const refused = {
      code: 'STARROCKS_PRIVILEGE_MISSING',
      detail: expect.stringContaining('GRANT ALTER ON TABLE d.t TO USER'),
    };
    await expect(addColumns(target, v, 100_000)).rejects.toMatchObject(refused);
    await expect(addColumns(target, v, 100_000)).rejects.toMatchObject(refused);
    expect(statements()).toHaveLength(1);
    await clock.sleep(60_000);
    await addColumns(target, v, 100_000);
    expect(statements()).toHaveLength(2);
  });
});

describe('making a table', () => {
  it('makes its database first where there is none', async () => {
    const run: string[] = [];
    const { host } = await serveSql((sql) => {
      run.push(sql);
      const isFirst = sql.startsWith('CREATE TABLE') && run.length === 1;
      return isFirst ? { errno: 5501, message: "Unknown database 'd'" } : 'ok';
    });
    const { createTable } = createTableChanger({
      ...{ jdbcUrl: `jdbc:mysql://${host}`, timeoutMs: 2000, clock: { now: () => 0, sleep: async () => undefined } },
      credentials: { read: async () => ({ username: 'root', password: '' }) },
    });
    await createTable(target, 'CREATE TABLE IF NOT EXISTS `d`.`t` …', 10_000);
    expect(run.map((sql) => sql.slice(0, 15))).toEqual(['CREATE TABLE IF', 'CREATE DATABASE', 'CREATE TABLE IF']);
  });
});
