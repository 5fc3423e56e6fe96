import type { Clock } from '../../kit/clock.ts';
import { SinkError } from '../../kit/errors.ts';
import type { FollowedTable, KeyRange, MySqlSource, SchemaChange } from '../../mysql/follow/source.ts';
import type { ObjectStore } from '../../object-store.ts';
import type { Routes } from '../../options/compile-routes.ts';
import type { Followed } from '../follow-once.ts';
import { Gathering, type PortionLimits } from '../gathering.ts';
import { rangesFolder } from '../state.ts';
import { binlogPortions } from './binlog-portions.ts';
import { defineTables, openDefinitions, refuseColumns } from './defined-tables.ts';
import { keepTables, openTables } from './known-tables.ts';
import type { MySqlPlace, TableProgress } from './place.ts';
import { createRouteRows } from './route-rows.ts';
import { snapshotPortions } from './snapshot-portions.ts';

export interface MySqlFollowing {
  readonly name: string;
  readonly source: MySqlSource;
  readonly routes: Routes;
  readonly onSchemaChange: (change: SchemaChange, transaction: string, source: MySqlSource) => Promise<void>;
  readonly objects: Pick<ObjectStore, 'putBody' | 'getText'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly limits: PortionLimits & {
    /** How long a change waits for company. */
    readonly flushMs: number;
    /** Ranges that a snapshot reads at once. */
    readonly parallelRanges: number;
    readonly groupsPerTable: number;
  };
  /** Told whenever a snapshot got further. */
  readonly onSnapshot?: ((tables: readonly TableProgress[]) => void) | undefined;
}

/** A MySQL server, as the follower brings it to the queue: first the rows that its tables hold, then what happens to them. */
export function followMySql(following: MySqlFollowing): Followed<MySqlPlace> {
  const { source, limits, clock } = following;
  const rows = createRouteRows({ ...following, groupsPerTable: limits.groupsPerTable });
  return {
    begin: () => beginSnapshot(following, clock.now()),
    async *portions(from, until) {
      let place = from;
      if (place.phase === 'snapshot') {
        const deps = {
          ...{ source, ...rows, gathering: new Gathering(limits), parallelRanges: limits.parallelRanges },
          keepTables: (copied: readonly TableProgress[]) => keepTables(copied, following),
        };
        for await (const portion of snapshotPortions(place, until, { ...deps, ...tablesOf(following) })) {
          place = portion.next;
          if (place.phase === 'snapshot') following.onSnapshot?.(place.tables);
          yield portion;
        }
      }
      if (place.phase === 'snapshot' || until.aborted) return;
      const tables = await openTables(place.tables, following);
      const defined = await openDefinitions(place.defined, following);
      yield* binlogPortions(place, until, {
        tables,
        routes: following.routes.fingerprint,
        open: (position) => source.openBinlog(position, defined),
        ...(source.namesColumns ? {} : { refuse: refuseColumns }),
        rowsOf: rows.ofChange,
        onSchemaChange: (change, transaction) => following.onSchemaChange(change, transaction, source),
        gathering: new Gathering(limits),
        flushMs: limits.flushMs,
        clock,
      });
    },
  };
}

/** The position first: whatever changes while the rows are read is read again, behind them. */
async function beginSnapshot(following: MySqlFollowing, sinceMs: number): Promise<MySqlPlace> {
  const { source } = following;
  const { start, defined } = source.namesColumns
    ? { start: await source.notePosition(), defined: undefined }
    : await defineTables(following);
  const tables: TableProgress[] = [];
  for (const table of await source.tables()) {
    const estimatedRows = await source.estimateRows(table);
    tables.push({ database: table.database, table: table.table, estimatedRows, next: 0, open: [], rows: 0 });
  }
  return { phase: 'snapshot', start, tables, versions: { sinceMs, rows: 0 }, ...(defined && { defined }) };
}

function tablesOf({ source, objects, newId, name }: MySqlFollowing) {
  let known: Promise<readonly FollowedTable[]> | undefined;
  const ranges = new Map<string, Promise<readonly KeyRange[]>>();
  return {
    async tableOf({ database, table }: TableProgress): Promise<FollowedTable> {
      known ??= source.tables();
      const found = (await known).find((each) => each.database === database && each.table === table);
      if (found) return found;
      throw new SinkError('SOURCE_SCHEMA_CHANGED', `${database}.${table} is gone, and was not copied wholly.`);
    },
    async planRanges(table: FollowedTable) {
      const planned = await source.planRanges(table);
      const key = `${rangesFolder(name)}${newId()}`;
      const body = Buffer.from(JSON.stringify(planned));
      await objects.putBody(key, {
        bytes: body.length,
        async *open() {
          yield body;
        },
      });
      return { key, count: planned.length };
    },
    rangesOf(key: string): Promise<readonly KeyRange[]> {
      const found = ranges.get(key) ?? readRanges(key, objects);
      // Those of the table that is read are enough.
      if (!ranges.has(key)) ranges.clear();
      ranges.set(key, found);
      return found;
    },
  };
}

async function readRanges(key: string, objects: Pick<ObjectStore, 'getText'>): Promise<readonly KeyRange[]> {
  const found = await objects.getText(key);
  if (found === undefined) throw new Error(`The ranges ${key} disappeared.`);
  return JSON.parse(found.text) as readonly KeyRange[];
}
