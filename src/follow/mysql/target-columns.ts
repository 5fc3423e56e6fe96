import type { FollowedTable } from '../../mysql/follow/source.ts';
import type { SourceColumn } from '../../mysql/information-schema.ts';
import { type PlannedColumn, planColumn } from '../../mysql/plan-column.ts';
import { fitOfType } from '../../mysql/type-fit.ts';
import type { CompiledRoute } from '../../options/compile-routes.ts';
import type { RouteColumn } from '../../options/route.ts';
import type { TableColumn } from '../../starrocks/schema.ts';

/** A column that StarRocks should have for a followed table. */
export interface TargetColumn {
  /** In the source; absent: it is filled with what is told of a change. */
  readonly from?: string;
  readonly planned: PlannedColumn;
  /** As the route has it, if it names the column. */
  readonly routed?: RouteColumn;
  /** Rows hold it. */
  readonly isSent: boolean;
}

/** How migrate would plan a column, whatever it was asked then: types are compared as far as both profiles agree. */
const choices = {
  profile: 'native',
  useDecimalV3: true,
  tinyint1: 'tinyint',
  binary: 'varbinary',
  json: 'json',
} as const;

/** What is known of every row, also of those that a snapshot finds. */
const alwaysTold: readonly string[] = ['@database', '@table', '@operation'];

const isTold = ({ sourceType = '' }: RouteColumn): boolean => sourceType.startsWith('@');

/** Columns that StarRocks should have, by the names that they have there: those of the source, then what is told. */
export function targetColumns({ source, route }: FollowedTable): readonly TargetColumn[] {
  const { columns, primaryKey, mode, options } = route;
  const isKey = new Set(mode === 'mirror' ? primaryKey.map((name) => name.toLowerCase()) : []);
  const takesOthers = columns.length === 0 || options['sink.schema-change'] === 'add-columns';
  const named = new Map(
    columns.filter((each) => !isTold(each)).map((each) => [(each.source ?? each.name).toLowerCase(), each]),
  );
  const own = source.columns.map((column: SourceColumn): TargetColumn => {
    const routed = named.get(column.name.toLowerCase());
    const name = routed?.name ?? column.name;
    const where = `${source.database}.${source.name}.${column.name}`;
    const { column: planned } = planColumn(column, name, where, isKey.has(name.toLowerCase()), choices);
    const isSent = routed !== undefined || takesOthers;
    return { from: column.name, planned, isSent, ...(routed && { routed }) };
  });
  return [...own, ...columns.filter(isTold).map((column) => toldColumn(column, isKey.has(column.name.toLowerCase())))];
}

function toldColumn(routed: RouteColumn, isKey: boolean): TargetColumn {
  const { name, type, sourceType = '' } = routed;
  const nullable = !isKey && !alwaysTold.includes(sourceType);
  return { planned: { name, type, nullable, comment: '', origin: 'change' }, routed, isSent: true };
}

/** Columns that the route names and the source does not have. */
export const goneColumns = ({ source, route }: FollowedTable): readonly RouteColumn[] => {
  const has = new Set(source.columns.map(({ name }) => name.toLowerCase()));
  return route.columns.filter((column) => !isTold(column) && !has.has((column.source ?? column.name).toLowerCase()));
};

/**
 * Whether values of a column have room in StarRocks. That some are cut or rounded is right where the route itself names the type.
 */
export function hasRoom({ planned, routed }: TargetColumn, found: TableColumn): boolean {
  const fit = fitOfType(planned.type, found.type);
  return fit === 'fits' || (fit === 'loses' && routed !== undefined && isSameType(routed.type, found.type));
}

const isSameType = (a: string, b: string) => fitOfType(a, b) === 'fits' && fitOfType(b, a) === 'fits';

/** Columns of the key in the source that the key in StarRocks does not hold; none: its rows are told apart there, too. */
export function keyGap(
  { source, key }: FollowedTable,
  { primaryKey }: CompiledRoute,
  columns: readonly TargetColumn[],
) {
  const wanted = new Set(primaryKey.map((name) => name.toLowerCase()));
  const held = new Set(columns.filter(({ planned }) => wanted.has(planned.name.toLowerCase())).map(({ from }) => from));
  const nullable = new Set(source.columns.filter((column) => column.nullable).map((column) => column.name));
  const tellsApart = source.keys.some(
    (each) => each.columns.every((name) => held.has(name)) && !each.columns.some((name) => nullable.has(name)),
  );
  return tellsApart ? [] : key.filter((name) => !held.has(name));
}
