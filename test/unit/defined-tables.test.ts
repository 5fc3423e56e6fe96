import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DefinedTable } from '../../src/producer/destination.ts';
import { column, migrated, schema, table } from './migrate-schema-builder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'defined-tables-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const textOf = (...tables: Parameters<typeof schema>) =>
  migrated(schema(...tables), { types: true }).files.get('tables.all.ts') ?? '';

const definer = new URL('../../src/producer/define-table.ts', import.meta.url);

/** The module that `migrate --types` writes, as it is run. */
async function written(...tables: Parameters<typeof schema>): Promise<Record<string, DefinedTable>> {
  const path = join(folder, `${tables.map(({ name }) => name.length).join('-')}.ts`);
  await writeFile(path, textOf(...tables).replace('starrocks-sink/table', definer.href));
  return import(pathToFileURL(path).href);
}

const problem = (defined: DefinedTable | undefined, row: object) => defined?.problemOf(row, JSON.stringify(row));

describe('tables.N.ts', () => {
  it('defines each table with its columns, key first, DEFAULTs and NULLs', () => {
    const price = column('price decimal(10,2) NOT NULL', { default: '1.00' });
    const columns = ['note varchar(5)', 'id bigint NOT NULL', price, 'b blob'];
    expect(textOf(table('shop.orders', columns, ['id']))).toBe(`\
import { bigint, decimal, defineTable, nullable, varbinary, varchar, withDefault } from 'starrocks-sink/table';

export const orders = defineTable(
  {
    id: bigint(),
    note: nullable(varchar(20)),
    price: withDefault(decimal(10, 2)),
    b: nullable(varbinary(1048576)),
  },
  { name: { database: 'shop', table: 'orders' }, primaryKey: ['id'] },
);
`);
  });

  it('is run as it is, and takes the rows of its tables', async () => {
    const { orders } = await written(table('shop.orders', ['id bigint NOT NULL', 'at datetime'], ['id']));
    expect(orders?.name).toEqual({ database: 'shop', table: 'orders' });
    expect(problem(orders, { id: '18', at: '2026-01-02 03:04:05' })).toBeUndefined();
    expect(problem(orders, { at: null })).toContain("'id'");
  });

  it('names anything so that it is a name', async () => {
    const odd = ['class', '1st', 'a-b', 'a_b', '__proto__'];
    const tables = odd.map((name) => table(`d.${name}`, ['id int NOT NULL', '__proto__ int', 'a-b int'], ['id']));
    const found = await written(...tables);
    expect(
      Object.values(found)
        .map(({ name }) => (name as { table: string }).table)
        .sort(),
    ).toEqual(odd.sort());
    for (const defined of Object.values(found)) expect(problem(defined, { id: 1, 'a-b': 2 })).toBeUndefined();
  });
});
