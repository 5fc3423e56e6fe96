import { readFile } from 'node:fs/promises';
import type {
  Column,
  LoadHeaders,
  Plan,
  Staged,
  StageOutcome,
  Storage,
  TableDefinition,
} from '../../local/starrocks/model.ts';

interface MemoryPlan extends Plan {
  readonly headers: LoadHeaders;
}

interface MemoryStaged extends Staged {
  readonly rows: readonly Record<string, unknown>[];
}

export interface MemoryStorage extends Storage {
  /** `columns`: name → INT or VARCHAR; every INT is NOT NULL. */
  createTable(database: string, name: string, columns: Readonly<Record<string, 'INT' | 'VARCHAR'>>): void;
  rows(database: string, table: string): readonly Record<string, unknown>[];
  /** Staged and neither published nor discarded. */
  readonly held: number;
}

/** Just enough of a Storage to try the protocol: CSV without quoting, JSON objects, NOT NULL integers. */
export function createMemoryStorage(): MemoryStorage {
  const tables = new Map<string, TableDefinition>();
  const published = new Map<string, Record<string, unknown>[]>();
  const held = new Set<Staged>();
  const key = (database: string, table: string) => `${database}.${table}`;
  return {
    catalog: {
      databases: () => [...new Set([...tables.values()].map(({ database }) => database))],
      hasDatabase: (database) => [...tables.values()].some((table) => table.database === database),
      table: (database, table) => tables.get(key(database, table)),
    },
    createTable(database, name, columns) {
      tables.set(key(database, name), define(database, name, columns));
      published.set(key(database, name), []);
    },
    rows: (database, table) => published.get(key(database, table)) ?? [],
    get held() {
      return held.size;
    },
    plan(table, headers) {
      const named = headers['columns']?.split(',').map((name) => name.trim()) ?? table.columns.map(({ name }) => name);
      const missing = table.columns.find((column) => !column.nullable && !named.includes(column.name));
      if (missing !== undefined) return { ok: false, message: `Column has no default value. column: ${missing.name}` };
      const plan: MemoryPlan = { table, headers };
      return { ok: true, plan };
    },
    analyze: async () => undefined,
    async stage(plan, bodyFiles) {
      const bodies = await Promise.all(bodyFiles.map((file) => readFile(file, 'utf8')));
      const outcome = stageRows(plan as MemoryPlan, bodies);
      if (outcome.ok) held.add(outcome.staged);
      return outcome;
    },
    async publish(...all) {
      for (const staged of all) {
        held.delete(staged);
        published.get(key(staged.table.database, staged.table.name))?.push(...(staged as MemoryStaged).rows);
      }
    },
    async discard(staged) {
      held.delete(staged);
    },
  };
}

function define(database: string, name: string, columns: Readonly<Record<string, 'INT' | 'VARCHAR'>>): TableDefinition {
  const defined = Object.entries(columns).map(
    ([column, base], index): Column => ({
      name: column,
      type: { base, text: base },
      nullable: base === 'VARCHAR',
      key: index === 0,
      comment: '',
    }),
  );
  const keys = defined.slice(0, 1).map((column) => column.name);
  return {
    database,
    name,
    model: 'DUP_KEYS',
    columns: defined,
    keys,
    partitions: [name],
    distribution: { type: 'HASH', columns: keys },
    properties: {},
    comment: '',
  };
}

function stageRows({ table, headers }: MemoryPlan, bodies: readonly string[]): StageOutcome {
  const sources =
    headers['format']?.toLowerCase() === 'json' ? jsonRows(bodies, headers) : csvRows(bodies.join(''), table, headers);
  if (typeof sources === 'string') return { ok: false, message: sources };
  const errors: string[] = [];
  const rows = sources.filter((row) => {
    const empty = table.columns.find(
      ({ name, nullable, type }) => !nullable && (row[name] ?? '') === '' && type.base === 'INT',
    );
    const values = table.columns.map(({ name }) => row[name] ?? 'NULL').join(', ');
    if (empty !== undefined) errors.push(`Error: NULL value in non-nullable column '${empty.name}'. Row: [${values}]`);
    return empty === undefined;
  });
  const staged: MemoryStaged = {
    table,
    rows,
    errors,
    total: sources.length,
    loaded: rows.length,
    filtered: errors.length,
    unselected: 0,
  };
  return { ok: true, staged };
}

function csvRows(text: string, table: TableDefinition, headers: LoadHeaders): Record<string, unknown>[] {
  const separator = headers['column_separator'] ?? '\t';
  const names = headers['columns']?.split(',').map((name) => name.trim()) ?? table.columns.map(({ name }) => name);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(separator);
      const value = (name: string, field: string | undefined) =>
        table.columns.find((column) => column.name === name)?.type.base === 'INT' && !/^-?\d+$/.test(field ?? '')
          ? null
          : (field ?? null);
      return Object.fromEntries(names.map((name, index) => [name, value(name, fields[index])]));
    });
}

function jsonRows(bodies: readonly string[], headers: LoadHeaders): Record<string, unknown>[] | string {
  const strip = headers['strip_outer_array'] === 'true';
  const rows: Record<string, unknown>[] = [];
  for (const body of bodies) {
    if (body.trim() !== '' && !/^\s*[{[]/.test(body)) return `illegal json started with ${body.trim()[0]}`;
    if (strip) rows.push(...(JSON.parse(body) as Record<string, unknown>[]));
    else for (const line of body.split('\n').filter(Boolean)) rows.push(JSON.parse(line) as Record<string, unknown>);
  }
  return rows;
}
