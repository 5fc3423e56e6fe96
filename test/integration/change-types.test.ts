import { readFileSync } from 'node:fs';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepDigits } from '../../src/rows/json-values.ts';
import { sqsRecord } from '../builders.ts';
import { openWorkers } from './delivery-world.ts';

const folder = new URL('../fixtures/change-events/', import.meta.url);

interface Expected {
  readonly line: number;
  readonly op: string;
  readonly table?: string;
  readonly row?: Readonly<Record<string, string | null>>;
  readonly differs?: Readonly<Record<string, unknown>>;
}

/** Columns as `migrate` plans them, of each kind of type. */
const columns = {
  ...{ ti: 'TINYINT', tiu: 'SMALLINT', bo: 'TINYINT', iu: 'BIGINT', bi: 'BIGINT', biu: 'LARGEINT' },
  ...{ d10: 'DECIMAL(10,2)', d38: 'DECIMAL(38,0)', dbl: 'DOUBLE', bit9: 'INT', bit64: 'LARGEINT' },
  ...{ tx: 'VARCHAR(1048576)', en: 'VARCHAR(20)', st: 'VARCHAR(20)' },
  ...{ da: 'DATE', dt: 'DATETIME', dt3: 'DATETIME', dt6: 'DATETIME', ts: 'DATETIME', ts6: 'DATETIME' },
  ...{ tm: 'VARCHAR(17)', tm6: 'VARCHAR(17)', yr: 'SMALLINT', gen: 'INT' },
};

/** Fractions are written or not, and trailing zeros too. */
const plain = (text: string | null) =>
  text === null ? null : /^\d{4}-|:|\./.test(text) ? text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') : text;

describe('change events in columns of their types', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  let sql: Connection;
  beforeAll(async () => {
    world = await openWorkers({ options: { 'sink.tables.allow': 'shop.*' } });
    const address = { host: '127.0.0.1', port: world.starrocks.queryPort, user: 'root' };
    sql = await mysql.createConnection({
      ...address,
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    await sql.query('CREATE DATABASE shop');
  });
  afterAll(async () => {
    await sql.end();
    await world.close();
  });

  it.each([
    'debezium-3.6/mysql-envelope-schema',
    'debezium-3.6-options/schema-connect-string-hex',
    'debezium-3.6-options/schema-isostring-precise-base64',
    'debezium-3.6-options/schema-micros-sourcetype',
  ])('of %s hold what the source held', async (name) => {
    await sql.query('DROP TABLE IF EXISTS shop.all_types');
    const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
    await sql.query(
      `CREATE TABLE shop.all_types (id BIGINT NOT NULL, ${list.join(', ')}) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
    );
    const { events } = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8')) as {
      events: readonly Expected[];
    };
    const lines = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
      .trim()
      .split('\n');
    const held = new Map<string, Expected>();
    const bodies: string[] = [];
    for (const event of events) {
      if (event.table !== 'all_types' || event.row === undefined) continue;
      if (event.op === 'delete') held.delete(event.row['id'] ?? '');
      else held.set(event.row['id'] ?? '', event);
      bodies.push(JSON.stringify(JSON.parse(lines[event.line - 1] ?? '', keepDigits).value));
    }
    const records = bodies.map((body, at) => sqsRecord({ messageId: `${name}-${at}`, body }));
    expect(await world.worker().ingest(records)).toEqual([]);
    const [rows] = await sql.query<RowDataPacket[]>(
      `SELECT id, ${Object.keys(columns).map((column) => `CAST(${column} AS STRING) AS ${column}`)} FROM shop.all_types`,
    );
    expect(rows.map(({ id }) => String(id)).toSorted()).toEqual([...held.keys()].toSorted());
    const wrong = rows.flatMap((row) => {
      const { row: wanted = {}, differs = {} } = held.get(String(row['id'])) ?? {};
      return Object.keys(columns)
        .filter((column) => !(column in differs) && column !== 'dbl')
        .filter((column) => plain(row[column]) !== plain(wanted[column] ?? null))
        .map((column) => `${row['id']} ${column}: ${wanted[column]} is ${row[column]}`);
    });
    expect(wrong).toEqual([]);
  });
});
