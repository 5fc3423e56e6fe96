/** What StarRocks remembers of loads: the last thousand or so. */
import type { QueryPort, Row } from '../../src/starrocks/query-port.ts';

/** A load, as information_schema.loads has it. @source  StarRocks docs, information_schema.loads, since 3.1 */
export interface LoadRow {
  readonly label: string;
  readonly database: string;
  readonly table: string;
  readonly state: string;
  readonly rows: number;
  readonly bytes: number;
  /** In the time zone of the session. */
  readonly createdAt: string;
  readonly finishedAt: string | undefined;
  readonly error: string | undefined;
}

/** Loads, and the moment at which StarRocks told them: by its own clock, in the time zone of the session. */
export interface RecentLoads {
  readonly loads: readonly LoadRow[];
  readonly now: string;
}

/** Loads of one table in the last hour. */
export interface TableLoads {
  readonly table: string;
  readonly loads: number;
  readonly rows: number;
  readonly bytes: number;
  readonly failed: number;
  /** Begun, and not at their end: transactions that StarRocks counts against its limit. */
  readonly running: number;
  readonly lastAt: string | undefined;
}

const columns = 'LABEL, DB_NAME, TABLE_NAME, STATE, SINK_ROWS, SCAN_BYTES, CREATE_TIME, LOAD_FINISH_TIME, ERROR_MSG';
const about = { database: 'information_schema', table: 'loads' };
const hourMs = 3_600_000;

/** @in  label: only this one; without it, all of this prefix */
export async function readLoads(
  port: QueryPort,
  { label, prefix = '' }: { readonly label?: string; readonly prefix?: string | undefined },
): Promise<RecentLoads> {
  const where = label === undefined ? '' : ' WHERE LABEL = ?';
  const rows = await port.query(`SELECT ${columns} FROM information_schema.loads${where}`, label ? [label] : [], about);
  const [row] = await port.query('SELECT NOW() AS MOMENT', [], about);
  const loads = rows.map(loadOf).filter((each) => each.label.startsWith(prefix));
  return { loads, now: textOf(row?.['MOMENT']) ?? '' };
}

const loadOf = (row: Row): LoadRow => ({
  label: String(row['LABEL']),
  database: String(row['DB_NAME']),
  table: String(row['TABLE_NAME']),
  state: String(row['STATE']),
  rows: Number(row['SINK_ROWS'] ?? 0),
  bytes: Number(row['SCAN_BYTES'] ?? 0),
  createdAt: textOf(row['CREATE_TIME']) ?? '',
  finishedAt: textOf(row['LOAD_FINISH_TIME']),
  error: textOf(row['ERROR_MSG']) || undefined,
});

/** A moment as StarRocks prints it. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (!(value instanceof Date)) return String(value);
  const pad = (number: number, length = 2) => String(number).padStart(length, '0');
  const day = `${value.getFullYear()}-${pad(value.getMonth() + 1)}-${pad(value.getDate())}`;
  return `${day} ${pad(value.getHours())}:${pad(value.getMinutes())}:${pad(value.getSeconds())}`;
}

const finished = new Set(['FINISHED', 'CANCELLED']);

/** The loads of an hour, by table. */
export function loadsByTable({ loads, now }: RecentLoads): readonly TableLoads[] {
  const sinceMs = Date.parse(now) - hourMs;
  const lately = loads.filter(({ createdAt, state }) => Date.parse(createdAt) >= sinceMs || !finished.has(state));
  return [...Map.groupBy(lately, ({ database, table }) => `${database}.${table}`)].map(([table, ofTable]) => {
    const done = ofTable.filter(({ state }) => state === 'FINISHED');
    return {
      table,
      loads: done.length,
      rows: sumOf(done, ({ rows }) => rows),
      bytes: sumOf(done, ({ bytes }) => bytes),
      failed: ofTable.filter(({ state }) => state === 'CANCELLED').length,
      running: ofTable.filter(({ state }) => !finished.has(state)).length,
      lastAt: done
        .map(({ finishedAt }) => finishedAt ?? '')
        .sort()
        .at(-1),
    };
  });
}

const sumOf = <T>(all: readonly T[], of: (each: T) => number) => all.reduce((sum, each) => sum + of(each), 0);
