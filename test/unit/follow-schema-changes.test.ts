import { describe, expect, it } from 'vitest';
import { createSchemaChanges } from '../../src/follow/mysql/schema-changes.ts';
import { followedTables } from '../../src/mysql/follow/followed-tables.ts';
import type { SchemaChange } from '../../src/mysql/follow/source.ts';
import type { SourceTable } from '../../src/mysql/information-schema.ts';
import { fitOfType } from '../../src/mysql/type-fit.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import type { TableSchema } from '../../src/starrocks/schema.ts';
import { routesOf, target } from './follow-targets.ts';
import { column, table } from './migrate-schema-builder.ts';

const utf8 = { charset: 'utf8mb4' };
const before = ['id bigint NOT NULL', column('v varchar(50)', utf8), 'n decimal(10,2)', 'at datetime(3)'] as const;
const orders = (...more: readonly Parameters<typeof column>[0][]) =>
  table('shop.orders', [...before, ...more.map((each) => column(each))], ['id']);
const there = target('primary', 'id bigint(20) KEY', 'v varchar(200)', 'n decimal(10,2)', 'at datetime');
const source = { database: '^shop$', table: '^orders' };
const mirror: RouteGiven = { source, database: 't', table: 'orders', primaryKey: ['id'] };

interface Situation {
  readonly route?: Partial<RouteGiven>;
  /** As the server has them now. */
  readonly tables?: readonly SourceTable[];
  readonly target?: TableSchema;
  readonly change?: SchemaChange['change'];
}

/** @out  what was run in StarRocks, or else what stopped it */
async function met(
  statement: string,
  { route = {}, tables = [orders()], target: has = there, change = 'alter' }: Situation,
): Promise<string> {
  const ran: string[] = [];
  const routes = routesOf({ ...mirror, ...route });
  const changes = createSchemaChanges({
    routes,
    targetOf: async () => has,
    run: async (sql) => void ran.push(sql),
    told: () => undefined,
  });
  const event: SchemaChange = { kind: 'schema-change', database: 'shop', table: 'orders', change, statement };
  try {
    await changes(event, 'g:7', { tables: async () => followedTables(tables, routes) });
  } catch (error) {
    return String(error);
  }
  return ran.join('; ') || 'goes on';
}
const adds = { options: { 'sink.schema-change': 'add-columns' } };
const ignores = { options: { 'sink.schema-change': 'ignore' } };
const history: Partial<RouteGiven> = { mode: 'history', primaryKey: [] };

describe('ADD COLUMN', () => {
  const statement = 'ALTER TABLE orders ADD COLUMN seats INT';
  const tables = [orders('seats int')];

  it('stops unless the route says otherwise, with table, transaction and statement', async () => {
    const stop = await met(statement, { tables });
    expect(stop).toContain('SOURCE_TABLE_CHANGED');
    expect(stop).toContain('shop.orders, in the transaction g:7');
    expect(stop).toContain('Run in StarRocks: ALTER TABLE `t`.`orders` ADD COLUMN `seats` INT NULL COMMENT ""');
  });

  it('is run in StarRocks where the route lets it, and left out where it says so', async () => {
    expect(await met(statement, { tables, route: adds })).toBe(
      'ALTER TABLE `t`.`orders` ADD COLUMN `seats` INT NULL COMMENT ""',
    );
    expect(await met(statement, { tables, route: ignores })).toBe('goes on');
  });

  it('goes on when a person has added it, or when a crash made the follower meet it again', async () => {
    const wider = { ...there, columns: [...there.columns, ...target('primary', 'seats int(11)').columns] };
    expect(await met(statement, { tables, target: wider })).toBe('goes on');
    expect(await met(statement, { tables, target: wider, route: adds })).toBe('goes on');
  });

  it('adds those of one statement at once, and not one that was dropped since', async () => {
    const both = 'ALTER TABLE orders ADD seats INT, ADD room VARCHAR(10), ADD gone INT';
    expect(await met(both, { tables: [orders('seats int', 'room varchar(10)')], route: adds })).toBe(
      'ALTER TABLE `t`.`orders` ADD COLUMN `seats` INT NULL COMMENT "", ADD COLUMN `room` VARCHAR(40) NULL COMMENT ""',
    );
  });

  it('gives rows that are there the constant that MySQL gave them', async () => {
    const made = table('shop.orders', [...before, column('seats int NOT NULL', { default: '5' })], ['id']);
    expect(await met('ALTER TABLE orders ADD seats INT NOT NULL DEFAULT 5', { tables: [made], route: adds })).toBe(
      'ALTER TABLE `t`.`orders` ADD COLUMN `seats` INT NOT NULL DEFAULT "5" COMMENT ""',
    );
  });

  it.each([
    ['seats int NOT NULL', 'ALTER TABLE orders ADD seats INT NOT NULL'],
    ['seats datetime', 'ALTER TABLE orders ADD seats DATETIME DEFAULT NOW()'],
    ['seats bigint', 'ALTER TABLE orders ADD seats BIGINT AS (id * 2) STORED'],
  ])('stops a mirror whose rows got a value that the binlog does not tell: %s', async (definition, sql) => {
    const stop = await met(sql, { tables: [orders(definition)], route: adds });
    expect(stop).toContain('with the value as DEFAULT that rows which are there got of seats');
    // A history holds what was.
    expect(await met(sql, { tables: [orders(definition)], route: { ...adds, ...history } })).toMatch(/^ALTER TABLE/);
  });
});

describe('other changes of columns', () => {
  const named = [
    { name: 'id', type: 'BIGINT' },
    { name: 'label', type: 'VARCHAR(200)', source: 'v' },
  ];
  const wide = (definition: string) =>
    table(
      'shop.orders',
      [
        ...before.filter((each) => typeof each !== 'string' || !each.startsWith(`${definition.split(' ')[0]} `)),
        definition,
      ],
      ['id'],
    );

  it('stop where values have no room any more, with the statement that makes it', async () => {
    const tables = [wide('n decimal(20,2)')];
    expect(await met('ALTER TABLE orders MODIFY n DECIMAL(20,2)', { tables })).toContain(
      'Run in StarRocks: ALTER TABLE `t`.`orders` MODIFY COLUMN `n` DECIMAL(20, 2) NULL COMMENT "".',
    );
    const made = target('primary', 'id bigint(20) KEY', 'v varchar(200)', 'n decimal(20,2)', 'at datetime');
    expect(await met('ALTER TABLE orders MODIFY n DECIMAL(20,2)', { tables, target: made })).toBe('goes on');
  });

  it('stop where values may have been converted, and not in a history', async () => {
    const rounded = { tables: [wide('n decimal(8,0)')] };
    const cut = { tables: [wide('at datetime')] };
    expect(await met('ALTER TABLE orders MODIFY n DECIMAL(8,0)', rounded)).toContain(
      'may hold values of n that were converted',
    );
    expect(await met('ALTER TABLE orders CHANGE at at DATETIME', cut)).toContain('may hold values of at');
    expect(await met('ALTER TABLE orders MODIFY at DATETIME', { ...cut, route: history })).toBe('goes on');
  });

  it('go on where the server would have refused to change a value', async () => {
    expect(await met("ALTER TABLE orders MODIFY v VARCHAR(50) DEFAULT 'x' COMMENT 'y'", {})).toBe('goes on');
    expect(await met('ALTER TABLE orders MODIFY id BIGINT NOT NULL, ADD INDEX (v)', {})).toBe('goes on');
    expect(await met('ALTER TABLE orders CONVERT TO CHARACTER SET utf8mb4', {})).toBe('goes on');
  });

  it('stop at a column that is gone, or has another name', async () => {
    const without = [table('shop.orders', ['id bigint NOT NULL'], ['id'])];
    const renamed = [table('shop.orders', ['id bigint NOT NULL', 'w varchar(50)'], ['id'])];
    expect(await met('ALTER TABLE orders DROP COLUMN v', { tables: without, route: { columns: named } })).toContain(
      'names the column v, which is gone',
    );
    expect(await met('ALTER TABLE orders DROP COLUMN v', { tables: without })).toContain('DROP COLUMN `v`.');
    expect(await met('ALTER TABLE orders DROP COLUMN v', { tables: without, route: ignores })).toBe('goes on');
    expect(await met('ALTER TABLE orders RENAME COLUMN v TO w', { tables: renamed })).toContain(
      'RENAME COLUMN `v` TO `w`.',
    );
    expect(
      await met('ALTER TABLE orders RENAME COLUMN v TO w', { tables: renamed, route: { columns: named } }),
    ).toContain('give it another source');
  });

  it('stop where the key of a mirror does not tell its rows apart any more', async () => {
    const pair = [table('shop.orders', ['id bigint NOT NULL', 'line int NOT NULL'], ['id', 'line'])];
    const sql = 'ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id, line)';
    expect(await met(sql, { tables: pair })).toContain('fill a table with line in its key');
    expect(await met(sql, { tables: pair, route: history })).toBe('goes on');
  });

  it('are nothing where they concern no column, or a table that is gone since', async () => {
    expect(await met('ALTER TABLE orders ADD INDEX (v), COMMENT "MODIFY n INT"', {})).toBe('goes on');
    expect(await met('ALTER TABLE orders MODIFY at DATETIME', { tables: [] })).toBe('goes on');
  });
});

describe('changes of whole tables', () => {
  it.each([
    ['truncate', 'sink.on-truncate', 'TRUNCATE TABLE `t`.`orders`'],
    ['drop', 'sink.on-drop', 'Set sink.on-drop to ignore'],
  ] as const)('%s stops, or is passed over as its route says', async (change, option, remedy) => {
    expect(await met('…', { change })).toContain(remedy);
    expect(await met('…', { change, route: { options: { [option]: 'ignore' } } })).toBe('goes on');
  });

  it('does not advise to empty a table that others fill, too', async () => {
    const tables = ['orders', 'orders_2'].map((name) => table(`shop.${name}`, ['id bigint NOT NULL'], ['id']));
    const stop = await met('TRUNCATE orders', { change: 'truncate', tables });
    expect(stop).not.toContain('TRUNCATE TABLE `t`');
    expect(stop).toContain('DELETE FROM `t`.`orders` WHERE …, of the rows that came from orders alone');
  });

  it('rename stops, whoever renamed, and partitions that are emptied', async () => {
    const swap = 'RENAME TABLE shop.orders TO shop._orders_del, shop._orders_gho TO shop.orders';
    expect(await met(swap, { change: 'rename' })).toContain('gh-ost');
    expect(await met('ALTER TABLE orders DROP PARTITION p', { change: 'partition' })).toContain('Take a snapshot');
  });

  it('create is nothing', async () => {
    expect(await met('CREATE TABLE orders (id INT)', { change: 'create' })).toBe('goes on');
  });
});

describe('whether values of a type have room in another', () => {
  it.each<[from: string, to: string, fit: ReturnType<typeof fitOfType>]>([
    ['INT', 'int(11)', 'fits'],
    ['INT', 'bigint(20)', 'fits'],
    ['BIGINT', 'int(11)', 'unfit'],
    ['LARGEINT', 'bigint(20) unsigned', 'fits'],
    ['TINYINT', 'tinyint(1)', 'loses'],
    ['BIGINT', 'decimal(18,0)', 'unfit'],
    ['BIGINT', 'decimal(19,0)', 'fits'],
    ['BIGINT', 'double', 'loses'],
    ['INT', 'double', 'fits'],
    ['INT', 'varchar(11)', 'fits'],
    ['INT', 'varchar(10)', 'loses'],
    ['INT', 'date', 'unfit'],
    ['FLOAT', 'double', 'fits'],
    ['DOUBLE', 'float', 'loses'],
    ['DECIMAL(10, 2)', 'decimal(12,4)', 'fits'],
    ['DECIMAL(10, 2)', 'decimal(10,4)', 'unfit'],
    ['DECIMAL(10, 2)', 'decimal(10,1)', 'loses'],
    ['DECIMAL(9, 0)', 'bigint(20)', 'fits'],
    ['DECIMAL(10, 2)', 'double', 'loses'],
    ['VARCHAR(200)', 'varchar(200)', 'fits'],
    ['VARCHAR(200)', 'STRING', 'fits'],
    ['VARCHAR(200)', 'varchar(199)', 'loses'],
    ['VARCHAR(200)', 'int(11)', 'unfit'],
    ['VARCHAR(200)', 'json', 'unfit'],
    ['DATE', 'datetime', 'fits'],
    ['DATETIME', 'date', 'loses'],
    ['DATETIME', 'varchar(26)', 'fits'],
    ['JSON', 'json', 'fits'],
    ['JSON', 'varchar(1048576)', 'fits'],
    ['JSON', 'varchar(65533)', 'loses'],
    ['VARBINARY(10)', 'varbinary(10)', 'fits'],
    ['VARBINARY(10)', 'varchar(16)', 'fits'],
    ['VARBINARY(10)', 'varchar(15)', 'loses'],
    ['ARRAY<FLOAT>', 'array<float>', 'fits'],
    ['ARRAY<FLOAT>', 'json', 'fits'],
    ['ARRAY<FLOAT>', 'double', 'unfit'],
  ])('%s in %s: %s', (from, to, fit) => {
    expect(fitOfType(from, to)).toBe(fit);
  });
});
