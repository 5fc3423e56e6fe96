import type { PlannedColumn } from './plan-column.ts';
import type { PlannedTable } from './plan-table.ts';

/**
 * Writes the tables for producers in TypeScript: each as `defineTable` of `starrocks-sink/table` takes it.
 *
 * @out  text of a module; columns that the sink fills itself are left out
 */
export function definedTables(tables: readonly PlannedTable[]): string {
  const used = new Set(['defineTable']);
  const taken = new Map<string, number>();
  const definitions = tables.map((table) => {
    const name = identifier(table.name);
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return definition(table, count === 1 ? name : `${name}_${count}`, used);
  });
  return `import { ${[...used].sort().join(', ')} } from 'starrocks-sink/table';\n\n${definitions.join('\n')}`;
}

function definition(table: PlannedTable, name: string, used: Set<string>): string {
  const columns = table.columns
    .filter(({ origin }) => origin !== 'order' && origin !== 'change')
    .map((column) => `    ${key(column.name)}: ${columnCall(column, used)},\n`);
  const { model, columns: keyColumns } = table.key;
  const primaryKey = model === 'primary' ? `, primaryKey: [${keyColumns.map(quoted).join(', ')}]` : '';
  const address = `{ database: ${quoted(table.database)}, table: ${quoted(table.name)} }`;
  return `export const ${name} = defineTable(\n  {\n${columns.join('')}  },\n  { name: ${address}${primaryKey} },\n);\n`;
}

function columnCall(column: PlannedColumn, used: Set<string>): string {
  const call = typeCall(column.type, used);
  const filled = column.default === undefined ? call : wrapped('withDefault', call, used);
  return column.nullable ? wrapped('nullable', filled, used) : filled;
}

function wrapped(name: string, call: string, used: Set<string>): string {
  used.add(name);
  return `${name}(${call})`;
}

/** @in  type: as DDL has it, e.g. `DECIMAL(10, 2)` or `ARRAY<FLOAT>` */
function typeCall(type: string, used: Set<string>): string {
  const [, word = '', numbers = '', inside] = /^(\w+)(?:\(([\d, ]+)\)|<(.+)>)?$/.exec(type.trim()) ?? [];
  return wrapped(word.toLowerCase(), inside === undefined ? numbers : typeCall(inside, used), used);
}

/** Words that are no names of variables, or are imported here. */
const reserved = new Set(
  `break case catch class const continue debugger default delete do else enum export extends false finally for function if
  import in instanceof new null return super switch this throw true try typeof var void while with yield let static await
  arguments eval implements interface package private protected public defineTable nullable withDefault array bigint
  boolean char date datetime decimal double float int json largeint smallint string tinyint varbinary varchar`.split(
    /\s+/,
  ),
);

function identifier(name: string): string {
  const word = name.replaceAll(/[^\p{ID_Continue}$]/gu, '_').replace(/^(?!\p{ID_Start}|[$_])/u, '_');
  return reserved.has(word) ? `${word}_` : word;
}

const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : computed(name));
/** A key `__proto__` would set the prototype. */
const computed = (name: string) => (name === '__proto__' ? `['__proto__']` : quoted(name));

const quoted = (text: string) => `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
