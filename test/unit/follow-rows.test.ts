import { describe, expect, it } from 'vitest';
import { createRouteRows } from '../../src/follow/mysql/route-rows.ts';
import { Versions } from '../../src/follow/mysql/versions.ts';
import type { RowChange, RowShape } from '../../src/mysql/follow/source.ts';
import { compileRoutes } from '../../src/options/compile-routes.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { requireRoutes } from '../../src/options/parse-routes.ts';

const options = requireOptions({
  'load-url': 'fe:8030',
  username: 'u',
  password: '',
  'sink.tables.allow': '*.*',
  'jdbc-url': 'jdbc:mysql://fe:9030',
});
const shape: RowShape = {
  database: 'edu_db_1',
  table: 'course_2',
  columns: [
    { name: 'id', kind: 'number' },
    { name: 'title', kind: 'text' },
    { name: 'begins', kind: 'moment' },
  ],
};
const course = {
  source: { database: '^edu_db_', table: '^course_' },
  database: 'edu',
  table: 'course__auto_shard',
  primaryKey: ['shard', 'id'],
  columns: [
    { name: 'shard', type: 'VARCHAR(64)', sourceType: '@database' },
    { name: 'id', type: 'BIGINT', sourceType: 'bigint' },
    { name: 'name', type: 'VARCHAR(64)', sourceType: 'varchar(64)', source: 'title' },
    { name: 'begins', type: 'DATE', sourceType: 'date' },
  ],
};
const rowsOf = (route: object, more: { groupsPerTable?: number } = {}) =>
  createRouteRows({
    routes: compileRoutes(requireRoutes([route], options), options),
    ...{ groupsPerTable: 1, ...more },
  });
const versions = new Versions({ sinceMs: 1, rows: 41 });
versions.next();
const version = String(2 ** 20 + 42);
const origin = { gtid: 'a:5', atMs: Date.UTC(2026, 0, 2, 3, 4, 5), versions };
const [before, after] = [
  ['1', '"one"', '"2026-01-01"'],
  ['1', '"uno"', '"2026-01-01"'],
];
const update = (from: readonly string[], to: readonly string[]): RowChange => ({
  ...{ kind: 'row', shape, operation: 'update', before: from, after: to, index: 3 },
});
const parsed = (rows: readonly { readonly text: string }[]) => rows.map(({ text }) => JSON.parse(text) as object);

describe('a change of a routed table', () => {
  it('of a mirror is the row as the route names it, with the shard that it came from', () => {
    const rows = rowsOf(course).ofChange(update(before, after), origin);
    expect(rows[0]?.lane).toMatchObject({ database: 'edu', table: 'course__auto_shard' });
    expect(parsed(rows)).toEqual([{ shard: 'edu_db_1', id: 1, name: 'uno', begins: '2026-01-01', __op: 0 }]);
  });

  it('of its key is a delete and an upsert', () => {
    const rows = rowsOf(course).ofChange(update(before, ['2', '"one"', 'null']), origin);
    expect(parsed(rows)).toEqual([
      { shard: 'edu_db_1', id: 1, name: 'one', begins: '2026-01-01', __op: 1 },
      { shard: 'edu_db_1', id: 2, name: 'one', begins: null, __op: 0 },
    ]);
  });

  it('sends rows of one key to one group, however the key changes', () => {
    const { ofChange } = rowsOf(course, { groupsPerTable: 8 });
    const lanes = (id: string) => ofChange(update(before, [id, '"x"', 'null']), origin).map(({ lane }) => lane);
    const all = Array.from({ length: 50 }, (_, id) => lanes(String(id + 2)));
    expect(new Set(all.map(([removed]) => removed)).size).toBe(1);
    expect(new Set(all.map(([, written]) => written)).size).toBe(8);
    expect(lanes('7')).toEqual(lanes('7'));
  });

  it('of a history is told with its operation, place and time, and the row before', () => {
    const history = {
      ...course,
      ...{ mode: 'history', primaryKey: [] },
      columns: [
        { name: 'id', type: 'BIGINT', sourceType: 'bigint' },
        { name: 'op', type: 'VARCHAR(8)', sourceType: '@operation' },
        { name: 'at', type: 'DATETIME', sourceType: '@committed-at' },
        { name: 'trx', type: 'VARCHAR(64)', sourceType: '@transaction' },
        { name: 'place', type: 'VARCHAR(64)', sourceType: '@position' },
        { name: 'was', type: 'JSON', sourceType: '@before' },
        { name: 'is', type: 'JSON', sourceType: '@after' },
        { name: 'version', type: 'BIGINT', sourceType: '@version' },
      ],
    };
    const { ofChange, ofRow } = rowsOf(history);
    expect(parsed(ofChange(update(before, after), origin))).toEqual([
      {
        ...{ id: 1, op: 'update', at: '2026-01-02 03:04:05', trx: 'a:5', place: 'a:5/3' },
        was: { id: 1, title: 'one', begins: '2026-01-01' },
        ...{ is: { id: 1, title: 'uno', begins: '2026-01-01' }, version },
      },
    ]);
    expect(parsed(ofRow(shape, before, versions))).toEqual([
      {
        ...{ id: 1, op: 'snapshot', at: null, trx: null, place: null, was: null },
        ...{ is: { id: 1, title: 'one', begins: '2026-01-01' }, version },
      },
    ]);
  });

  it('of a history tells no row after a delete', () => {
    const columns = [{ name: 'is', type: 'JSON', sourceType: '@after' }];
    const { ofChange } = rowsOf({ ...course, mode: 'history', primaryKey: [], columns });
    const gone: RowChange = { kind: 'row', shape, operation: 'delete', before, index: 0 };
    expect(parsed(ofChange(gone, origin))).toEqual([{ is: null }]);
  });

  it('of a table with versions carries its own, and a delete is a row that says so', () => {
    const { ofChange, ofRow } = rowsOf({ ...course, options: { 'sink.order-by': 'position' } });
    const told = { __ver: version, __op: 0 };
    expect(parsed(ofRow(shape, before, versions))).toMatchObject([{ id: 1, ...told, __deleted: 0 }]);
    expect(parsed(ofChange(update(before, after), origin))).toMatchObject([{ name: 'uno', ...told, __deleted: 0 }]);
    const moved = ofChange(update(before, ['2', '"uno"', 'null']), origin);
    expect(parsed(moved)).toMatchObject([
      { id: 1, ...told, __deleted: 1 },
      { id: 2, ...told, __deleted: 0 },
    ]);
    expect(moved.map(({ lane }) => lane.orderedBy)).toEqual(['__ver', '__ver']);
    const gone: RowChange = { kind: 'row', shape, operation: 'delete', before, index: 0 };
    expect(parsed(ofChange(gone, origin))).toMatchObject([{ id: 1, name: 'one', ...told, __deleted: 1 }]);
  });

  it('of a table with versions is one row, also where updates delete the row before', () => {
    const options = { 'sink.order-by': 'position', 'sink.ignore.update-before': false };
    expect(rowsOf({ ...course, options }).ofChange(update(before, after), origin)).toHaveLength(1);
  });

  it('has no date where a month or a day is 0', () => {
    const rows = rowsOf(course).ofRow(shape, ['1', '"0000-00-00"', '"2026-00-10"'], versions);
    expect(parsed(rows)[0]).toMatchObject({ name: '0000-00-00', begins: null });
  });

  it('holds columns that the route does not know only where new ones are taken', () => {
    const wide: RowShape = { ...shape, columns: [...shape.columns, { name: 'seats', kind: 'number' }] };
    const change: RowChange = { kind: 'row', shape: wide, operation: 'insert', after: [...after, '30'], index: 0 };
    expect(parsed(rowsOf(course).ofChange(change, origin))[0]).not.toHaveProperty('seats');
    expect(
      parsed(rowsOf({ ...course, options: { 'sink.schema-change': 'add-columns' } }).ofChange(change, origin))[0],
    ).toHaveProperty('seats', 30);
  });

  it('of another table is nothing', () => {
    const other: RowChange = { kind: 'row', shape: { ...shape, table: 'x' }, operation: 'delete', before, index: 0 };
    expect(rowsOf(course).ofChange(other, origin)).toEqual([]);
  });

  it('is refused where nothing tells which row is meant', () => {
    const { ofChange } = rowsOf({ ...course, primaryKey: [] });
    expect(() => ofChange(update(before, after), origin)).toThrow(/DELETE_WITHOUT_KEY.*update in edu_db_1\.course_2/);
  });
});
