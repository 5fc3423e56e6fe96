import type { Resent, StoredObject } from './stored.ts';

/** How much was rejected of one table, on one day, for one reason. */
export interface Group {
  /** `messages`: whole messages. */
  readonly table: string;
  readonly day: string;
  readonly code: string;
  /** Rows, or messages. */
  readonly count: number;
  readonly resent: number;
  readonly names: readonly string[];
}

interface Entry {
  readonly table: string;
  readonly day: string;
  readonly code: string;
  readonly name: string;
  readonly resent: Resent | undefined;
}

function entriesOf(stored: StoredObject): readonly Entry[] {
  const { name, resent } = stored;
  const day = name.split('/').at(-2) ?? '';
  if (stored.kind === 'message') return [{ table: 'messages', day, code: stored.message.code, name, resent }];
  return stored.rows.map(({ code }) => ({ table: stored.tableName, day, code, name, resent }));
}

/** Counts of what was rejected, by table, day and code. */
export function groupsOf(all: readonly StoredObject[]): readonly Group[] {
  const groups = Map.groupBy(all.flatMap(entriesOf), ({ table, day, code }) => JSON.stringify([table, day, code]));
  return [...groups.values()].map((entries) => ({
    ...{ table: entries[0]?.table ?? '', day: entries[0]?.day ?? '', code: entries[0]?.code ?? '' },
    count: entries.length,
    resent: entries.filter(({ resent }) => resent?.state === 'sent').length,
    names: [...new Set(entries.map(({ name }) => name))],
  }));
}

/** Lines for a person. */
export function listLines(groups: readonly Group[], showsNames: boolean): string {
  if (groups.length === 0) return 'Nothing was rejected.';
  const width = Math.max(5, ...groups.map(({ table }) => table.length));
  const codeWidth = Math.max(4, ...groups.map(({ code }) => code.length));
  const line = (day: string, table: string, code: string, count: string, resent: string) =>
    `${day.padEnd(10)}  ${table.padEnd(width)}  ${code.padEnd(codeWidth)}  ${count.padStart(7)}  ${resent.padStart(7)}`;
  return [
    line('day', 'table', 'code', 'count', 'resent'),
    ...groups.flatMap(({ day, table, code, count, resent, names }) => [
      line(day, table, code, String(count), String(resent)),
      ...(showsNames ? names.map((name) => `  ${name}`) : []),
    ]),
  ].join('\n');
}
