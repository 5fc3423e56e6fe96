/** Everything about the tables in StarRocks that is in the way of filling them from a source, each with the statement that mends it. */
import { backticked } from '../../kit/backticked.ts';
import { SinkError } from '../../kit/errors.ts';
import { mapLimited } from '../../kit/map-limited.ts';
import { type ComparedTable, compareTable, type Difference, wordsOf } from '../../mysql/compare-table.ts';
import { columnDefinition, createTable } from '../../mysql/ddl.ts';
import type { FollowedTable, SourceFinding } from '../../mysql/follow/source.ts';
import { mayBeSortKey } from '../../mysql/keys.ts';
import type { TableColumn, TableSchema } from '../../starrocks/schema.ts';
import { goneColumns, hasRoom, keyGap, type TargetColumn, targetColumns } from './target-columns.ts';

export interface TargetsTask {
  readonly tables: readonly FollowedTable[];
  /** The table as StarRocks has it. @throws SinkError */
  readonly targetOf: (database: string, table: string) => Promise<TableSchema>;
  /** It is followed already: columns that the source has no more may still stand in what is to be read. */
  readonly isBegun: boolean;
}

/** Tables of which StarRocks is asked at once. */
const readersAtOnce = 8;

/** Compares every table that a route fills with what its sources would fill it with. */
export async function checkTargets({ tables, targetOf, isBegun }: TargetsTask): Promise<readonly SourceFinding[]> {
  const byRoute = [...Map.groupBy(tables, (table) => table.route)];
  const all = await mapLimited(byRoute, readersAtOnce, async ([route, sources]) => {
    const { database, table } = route.target;
    const target = await targetOf(database, table).catch((error: unknown) => {
      if (error instanceof SinkError && error.code === 'STARROCKS_CONFIGURATION') return undefined;
      throw error;
    });
    return [...sources.flatMap((source) => checkTarget(source, target, isBegun)), ...checkShards(sources)];
  });
  const found = all.flat();
  // Shards are alike, and so is what is wrong with them.
  const seen = new Set<string>();
  return found.filter((finding) => {
    const key = JSON.stringify(finding);
    return !seen.has(key) && seen.add(key);
  });
}

type Find = (weight: SourceFinding['weight'], text: string, ...statements: string[]) => void;

function checkTarget(table: FollowedTable, target: TableSchema | undefined, isBegun: boolean): SourceFinding[] {
  const { route, database, table: name } = table;
  const found: SourceFinding[] = [];
  const where = `${route.target.database}.${route.target.table} in StarRocks`;
  const find: Find = (weight, text, ...statements) => found.push({ weight, where, text, statements });
  const columns = targetColumns(table);
  const planned = plannedTable(table, columns);
  const [gone] = goneColumns(table);
  if (gone !== undefined && !isBegun)
    find('stop', `its route takes the column ${gone.source ?? gone.name}, which ${database}.${name} does not have.`);
  if (route.mode === 'mirror') checkKey(table, columns, find);
  if (target === undefined) {
    find('stop', 'it is not there.', createTable({ ...planned, ...layoutOf(planned) }));
    return found;
  }
  const { additions, differences } = compareTable(planned, target);
  const byOption = route.options['sink.schema-change'];
  if (additions.length > 0 && (byOption === 'ignore' || (byOption === 'add-columns' && isBegun)))
    find('tell', `it lacks columns of ${database}.${name}, as sink.schema-change lets it.`);
  else for (const statement of additions) find('stop', 'it lacks columns.', statement);
  for (const difference of differences) tellDifference(difference, { table, planned, columns }, find);
  checkBytes(table, columns, target, find);
  return found;
}

/** What rows of a table need of a table in StarRocks. */
function plannedTable({ route }: FollowedTable, columns: readonly TargetColumn[]): ComparedTable {
  const sent = columns.filter(({ isSent }) => isSent).map(({ planned }) => planned);
  const rank = new Map(route.primaryKey.map((name, at) => [name.toLowerCase(), at]));
  const rankOf = (name: string) => rank.get(name.toLowerCase()) ?? rank.size;
  const inOrder = sent.toSorted((a, b) => rankOf(a.name) - rankOf(b.name));
  const isMirror = route.mode === 'mirror';
  const sorted = inOrder.filter(({ type }) => mayBeSortKey(type)).slice(0, 1);
  return {
    database: route.target.database,
    name: route.target.table,
    columns: isMirror ? inOrder : [...sorted, ...inOrder.filter((column) => !sorted.includes(column))],
    key: isMirror
      ? { model: 'primary', columns: route.primaryKey }
      : { model: 'duplicate', columns: sorted.map(({ name }) => name) },
  };
}

const layoutOf = ({ key }: ComparedTable) => ({
  comment: '',
  properties: {},
  distributedBy: `HASH(${key.columns.map(backticked).join(', ')})`,
});

function checkKey(table: FollowedTable, columns: readonly TargetColumn[], find: Find): void {
  const { route, database, table: name } = table;
  if (route.primaryKey.length === 0) {
    find(
      'stop',
      `its route has no primaryKey: a mirror finds by it the rows that change. Name ${table.key.join(', ') || 'one'}, or set mode to history.`,
    );
    return;
  }
  const gap = keyGap(table, route, columns);
  if (gap.length > 0)
    find(
      'stop',
      `its key (${route.primaryKey.join(', ')}) does not tell rows of ${database}.${name} apart: add ${gap.join(', ')} to the primaryKey of its route.`,
    );
}

/** Equal keys of two shards are one row. */
function checkShards(sources: readonly FollowedTable[]): readonly SourceFinding[] {
  const [{ route } = {}] = sources;
  if (route === undefined || sources.length < 2 || route.mode === 'history') return [];
  const { primaryKey, columns, target } = route;
  const isApart = columns.some(
    ({ name, sourceType }) => /^@(database|table)$/.test(sourceType ?? '') && primaryKey.includes(name),
  );
  if (isApart) return [];
  const text = `${sources.length} tables fill it, and its key does not hold which: rows with equal keys overwrite each other.`;
  return [{ weight: 'tell', where: `${target.database}.${target.table} in StarRocks`, text, statements: [] }];
}

interface Compared {
  readonly table: FollowedTable;
  readonly planned: ComparedTable;
  readonly columns: readonly TargetColumn[];
}

function tellDifference(difference: Difference, { table, planned, columns }: Compared, find: Find): void {
  const { route } = table;
  const name = `${backticked(planned.database)}.${backticked(planned.name)}`;
  const modify = (column: Parameters<typeof columnDefinition>[0]) =>
    `ALTER TABLE ${name} MODIFY COLUMN ${columnDefinition(column)}`;
  switch (difference.kind) {
    case 'model': {
      const wants = route.mode === 'mirror' ? 'a mirror needs a primary-key table' : 'a history a duplicate-key table';
      const elsewhere = { ...planned, name: `${planned.name}_${route.mode}` };
      const statement = createTable({ ...elsewhere, ...layoutOf(elsewhere) });
      find('stop', `it is of the model ${difference.found}, and ${wants}: name another table in its route.`, statement);
      return;
    }
    case 'key': {
      const isSame = (a: readonly string[], b: readonly string[]) =>
        a.toSorted().join().toLowerCase() === b.toSorted().join().toLowerCase();
      // The rows of a history are sorted as somebody likes.
      if (route.mode === 'history' || isSame(difference.found, difference.planned)) return;
      find('stop', `its key is (${difference.found.join(', ')}), that of its route (${route.primaryKey.join(', ')}).`);
      return;
    }
    case 'key-column':
      find('stop', wordsOf(difference));
      return;
    case 'type': {
      const column = columns.find((each) => each.planned === difference.planned);
      if (column === undefined || hasRoom(column, difference.found)) return;
      const { nullable } = difference.found;
      find(
        'stop',
        `its column ${difference.planned.name} is ${difference.found.type}, in which not all values of ${difference.planned.type} have room.`,
        modify({ ...difference.planned, nullable }),
      );
      return;
    }
    case 'nullable': {
      // Columns of a key are NOT NULL in the source, too, or else are no key.
      if (difference.found.nullable || difference.found.key) return;
      const text = `its column ${difference.planned.name} takes no NULL, and in ${table.database}.${table.table} there may be some.`;
      find('stop', text, modify({ ...difference.planned, type: difference.found.type, nullable: true }));
      return;
    }
    case 'more':
      for (const column of difference.found.filter((one) => needsValue(one, table)))
        find(
          'stop',
          `its column ${column.name} takes no NULL, and nothing fills it.`,
          modify({ name: column.name, type: column.type, nullable: true, comment: '' }),
        );
  }
}

function needsValue(column: TableColumn, { route: { options } }: FollowedTable): boolean {
  const { nullable, generated, autoIncrement, default: byDefault, name } = column;
  const ordering = [options['sink.order-by.version-column'], options['sink.order-by.deleted-column']];
  const isOrder = options['sink.order-by'] !== undefined && ordering.includes(name);
  return !(nullable || generated || autoIncrement || byDefault !== undefined || isOrder);
}

/** Bytes come as base64, which has to be told of. */
function checkBytes({ route }: FollowedTable, columns: readonly TargetColumn[], target: TableSchema, find: Find): void {
  const binary = new Set(
    target.columns.filter(({ type }) => /binary/i.test(type)).map(({ name }) => name.toLowerCase()),
  );
  for (const { planned, routed, isSent } of columns) {
    if (!isSent || !/^VARBINARY/.test(planned.type) || !binary.has(planned.name.toLowerCase())) continue;
    if (routed?.field !== undefined && route.options.properties['columns']?.includes('to_binary')) continue;
    find(
      'stop',
      `bytes of its column ${planned.name} come as base64: name the column in its route with a field, and set sink.properties.columns, as migrate writes them.`,
    );
  }
}
