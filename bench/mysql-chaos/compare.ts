/** What stands in the source and in StarRocks at the end, held against each other row by row and change by change. */
import type { Connection, Pool, RowDataPacket } from 'mysql2/promise';
import { type KindName, kindOf, nameOf, type Shard, shardsOf } from './shards.ts';

type Queries = Pick<Connection | Pool, 'query'>;

export interface Mirrored {
  /** Rows of the source that are mirrored. */
  readonly mirrored: number;
  /** Rows that only one side has, or has otherwise. */
  readonly differing: number;
}

export interface Remembered {
  /** Changes that the history holds. */
  readonly changes: number;
  /** Changes that the source noted and the history does not hold, and rows that it does not hold at all. */
  readonly lost: number;
  /** Changes, or rows as they were found, that the history holds again, or that nobody made. */
  readonly doubled: number;
  /** Keys whose changes stand otherwise, or in another order. */
  readonly disordered: number;
}

const shown = ['v', 'CAST(amount AS CHAR) amount', 'note', 'CAST(at AS CHAR) at'];

const textsOf = async (side: Queries, query: string): Promise<readonly string[]> =>
  (await rowsIn(side, query)).map((row) => JSON.stringify(Object.values(row).map(String)));

/** @out  rows that are in one of them only, each as often as it is missing */
function difference(one: readonly string[], other: readonly string[]): number {
  const left = new Map<string, number>();
  for (const row of one) left.set(row, (left.get(row) ?? 0) + 1);
  for (const row of other) left.set(row, (left.get(row) ?? 0) - 1);
  return [...left.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}

const mirrors = ['orders', 'customers', 'lines'] as const satisfies readonly KindName[];

export async function compareMirrors(source: Queries, target: Queries): Promise<Mirrored> {
  let [mirrored, differing] = [0, 0];
  for (const kind of mirrors) {
    const inSource: string[] = [];
    for (const shard of shardsOf(kind)) inSource.push(...(await textsOf(source, inShard(shard))));
    const [first] = shardsOf(kind);
    const keys = [...(kind === 'customers' ? ['db', 'tbl'] : []), ...(first ? kindOf(first).key : [])];
    const inTarget = await textsOf(target, `SELECT ${[...keys, ...shown].join(', ')} FROM t.${kind}`);
    mirrored += inSource.length;
    differing += difference(inSource, inTarget);
  }
  return { mirrored, differing };
}

function inShard(shard: Shard): string {
  const names = shard.kind === 'customers' ? [`'${shard.database}' db`, `'${shard.table}' tbl`] : [];
  return `SELECT ${[...names, ...kindOf(shard).key, ...shown].join(', ')} FROM ${nameOf(shard)}`;
}

/** A change of one row, and the keys that it touches. */
interface Change {
  readonly keys: readonly string[];
  readonly text: string;
}

type Row = Readonly<Record<string, unknown>>;

const keyOf = (shard: unknown, id: unknown) => `${shard} ${id}`;

const changeOf = (shard: unknown, { op, old_id, old_v, id, v, note }: Row): Change => ({
  keys: [...new Set([old_id, id].filter((key) => key !== null).map((key) => keyOf(shard, key)))],
  text: [op, old_id, old_v, id, v, note].map(String).join('|'),
});

/** A row of the history, as the source would have noted it. */
function toldChange(row: Row): Change {
  const old = JSON.parse(String(row['old'])) as { readonly id: number; readonly v: number } | null;
  return changeOf(`${row['db']}.${row['tbl']}`, { ...row, old_id: old?.id ?? null, old_v: old?.v ?? null });
}

/** By the place in the binlog: the number of the transaction, and of the row in it. */
function byPlace(a: Row, b: Row): number {
  const numbers = ({ place }: Row) => /(\d+)\/(\d+)$/.exec(String(place))?.slice(1).map(Number) ?? [];
  const [[x = 0, i = 0], [y = 0, j = 0]] = [numbers(a), numbers(b)];
  return x - y || i - j;
}

/**
 * Holds the history against what the source noted by itself. Of each key it must hold the last changes, in their order, and all of
 * those behind the watermark: which is the first of them, only the place says where the source began to be followed.
 *
 * @in  watermark: of the last change that may have been before that place
 */
export async function compareHistory(source: Queries, target: Queries, watermark: number): Promise<Remembered> {
  const noted = await rowsIn(source, 'SELECT * FROM audit.changes ORDER BY seq');
  const told = await rowsIn(target, 'SELECT id, v, note, db, tbl, op, place, old FROM t.ledger');
  const changed = told.filter(({ op }) => op !== 'snapshot').toSorted(byPlace);
  const found = told.filter(({ op }) => op === 'snapshot').map(({ db, tbl, id }) => keyOf(`${db}.${tbl}`, id));
  const places = new Set(changed.map(({ place }) => place));
  const wanted = groupByKey(
    noted.map((row) => ({ ...changeOf(row['shard'], row), mayLack: Number(row['seq']) <= watermark })),
  );
  const have = groupByKey(changed.map(toldChange));
  const counts = { lost: 0, doubled: changed.length - places.size + found.length - new Set(found).size, disordered: 0 };
  for (const key of new Set([...wanted.keys(), ...have.keys()])) {
    const [expected, got] = [wanted.get(key) ?? [], have.get(key) ?? []];
    const lacking = expected.length - got.length;
    const isLost = expected.slice(0, Math.max(0, lacking)).some(({ mayLack }) => !mayLack);
    if (lacking < 0) counts.doubled -= lacking;
    else if (isLost) counts.lost += expected.slice(0, lacking).filter(({ mayLack }) => !mayLack).length;
    else if (textOf(expected.slice(lacking)) !== textOf(got)) counts.disordered += 1;
  }
  const known = new Set([...found, ...have.keys()]);
  for (const shard of shardsOf('ledger')) {
    const rows = await rowsIn(source, `SELECT id FROM ${nameOf(shard)}`);
    counts.lost += rows.filter(({ id }) => !known.has(keyOf(nameOf(shard), id))).length;
  }
  return { changes: changed.length, ...counts };
}

const textOf = (changes: readonly Change[]) => changes.map(({ text }) => text).join();

/** Every cell as text. StarRocks says utf8, for which the client would not take characters of four bytes. */
async function rowsIn(side: Queries, sql: string): Promise<readonly Row[]> {
  const [rows] = await side.query<RowDataPacket[]>({ sql, typeCast: (field) => field.buffer()?.toString() ?? null });
  return rows;
}

function groupByKey<C extends Change>(changes: readonly C[]): ReadonlyMap<string, readonly C[]> {
  const groups = new Map<string, C[]>();
  for (const change of changes) {
    for (const key of change.keys) {
      const group = groups.get(key);
      if (group) group.push(change);
      else groups.set(key, [change]);
    }
  }
  return groups;
}
