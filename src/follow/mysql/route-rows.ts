import { crc32 } from 'node:zlib';
import { SinkError } from '../../kit/errors.ts';
import type { Cells, RowChange, RowShape } from '../../mysql/follow/source.ts';
import type { CompiledRoute, Routes } from '../../options/compile-routes.ts';
import { groupOf } from '../../producer/table-name.ts';
import type { Lane } from '../outgoing.ts';
import type { Versions } from './versions.ts';
import { createRowWriter, isOrdered, type RowWriter, type WrittenRow } from './write-row.ts';

/** Where a change comes from, as far as it is not in the row itself. */
export interface RowOrigin {
  readonly gtid: string;
  /** Of its commit, epoch milliseconds. */
  readonly atMs: number;
  readonly versions: Pick<Versions, 'version'>;
}

export interface OutgoingRow {
  readonly lane: Lane;
  /** One JSON object. */
  readonly text: string;
}

/** Makes the rows of a change: none where no route takes the table. */
export type RowsOf = (change: RowChange, origin: RowOrigin) => readonly OutgoingRow[];

export interface RouteRows {
  readonly ofChange: RowsOf;
  /** A row as a snapshot found it. */
  readonly ofRow: (shape: RowShape, cells: Cells, versions: RowOrigin['versions']) => readonly OutgoingRow[];
}

export interface RouteRowsSetup {
  readonly routes: Routes;
  /** Into how many groups the rows of one table are parted, by their keys. */
  readonly groupsPerTable: number;
}

interface Target {
  readonly writer: RowWriter;
  readonly route: CompiledRoute;
  readonly laneOf: (cells: Cells) => Lane;
}

/**
 * Turns changes into rows of the tables that routes name: of a mirror what the row is now, of a history what happened.
 *
 * @throws SinkError DELETE_WITHOUT_KEY: a row changed that StarRocks has no key to find by
 */
export function createRouteRows(setup: RouteRowsSetup): RouteRows {
  const lanes = new Map<string, Lane>();
  const known = new WeakMap<RowShape, Target | undefined>();
  const targetOf = (shape: RowShape): Target | undefined => {
    if (known.has(shape)) return known.get(shape);
    const route = setup.routes.routeOf(shape.database, shape.table);
    const target = route && toTarget(shape, route, setup, lanes);
    known.set(shape, target);
    return target;
  };
  return {
    ofChange(change, origin) {
      const target = targetOf(change.shape);
      if (target === undefined) return none;
      return target.route.mode === 'history' ? historyRows(change, origin, target) : mirrorRows(change, origin, target);
    },
    ofRow(shape, cells, versions) {
      const target = targetOf(shape);
      if (target === undefined) return none;
      const op = target.route.mode === 'mirror' && target.route.primaryKey.length > 0 ? upsert : undefined;
      const row: WrittenRow = { cells, operation: 'snapshot', op, after: cells, versions };
      return [{ lane: target.laneOf(cells), text: target.writer.write(row) }];
    },
  };
}

const none: readonly OutgoingRow[] = [];
const [upsert, remove] = [0, 1] as const;

function mirrorRows(change: RowChange, origin: RowOrigin, { writer, route, laneOf }: Target): readonly OutgoingRow[] {
  const { operation, before, after, index } = change;
  const told = { ...origin, operation, index, ...(before && { before }), ...(after && { after }) };
  if (route.primaryKey.length === 0) {
    if (operation === 'insert' && after)
      return [{ lane: laneOf(after), text: writer.write({ cells: after, ...told }) }];
    throw withoutKey(change, route);
  }
  const rows: OutgoingRow[] = [];
  // Two rows of one key and one version: either may win.
  const isOrderedRoute = isOrdered(route);
  const isReplaced = !isOrderedRoute && !route.options['sink.ignore.update-before'];
  const isMoved = before && after && (writer.movesKey(before, after) || isReplaced);
  const gone = isOrderedRoute ? ({ op: upsert, isDeleted: true } as const) : ({ op: remove } as const);
  if (before && (isMoved || !after))
    rows.push({ lane: laneOf(before), text: writer.write({ cells: before, ...gone, ...told }) });
  if (after) rows.push({ lane: laneOf(after), text: writer.write({ cells: after, op: upsert, ...told }) });
  return rows;
}

function historyRows(change: RowChange, origin: RowOrigin, { writer, laneOf }: Target): readonly OutgoingRow[] {
  const { operation, before, after, index } = change;
  const cells = after ?? before;
  if (cells === undefined) return none;
  const row: WrittenRow = { cells, ...origin, operation, index, ...(before && { before }), ...(after && { after }) };
  return [{ lane: laneOf(cells), text: writer.write(row) }];
}

function toTarget(
  shape: RowShape,
  route: CompiledRoute,
  { groupsPerTable }: RouteRowsSetup,
  lanes: Map<string, Lane>,
): Target {
  const { database, table } = route.target;
  const writer = createRowWriter(shape, route);
  const orderedBy = isOrdered(route) ? { orderedBy: route.options['sink.order-by.version-column'] } : {};
  const lane = (group: string): Lane => {
    const found = lanes.get(group) ?? { database, table, group, ...orderedBy };
    lanes.set(group, found);
    return found;
  };
  const whole = groupOf({ database, table });
  if (groupsPerTable === 1 || route.primaryKey.length === 0) {
    const only = lane(whole);
    return { writer, route, laneOf: () => only };
  }
  const parts = Array.from({ length: groupsPerTable }, (_, part) =>
    lane(groupOf({ database, table: `${table}#${part}` })),
  );
  const first = lane(whole);
  return { writer, route, laneOf: (cells) => parts[crc32(writer.keyOf(cells)) % groupsPerTable] ?? first };
}

const withoutKey = ({ shape, operation }: RowChange, { target }: CompiledRoute) =>
  new SinkError(
    'DELETE_WITHOUT_KEY',
    `Found ${operation} in ${shape.database}.${shape.table}, whose route to ${target.database}.${target.table} names no primaryKey.`,
  );
