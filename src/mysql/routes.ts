import { backticked } from '../kit/backticked.ts';
import { exactly } from '../kit/patterns.ts';
import type { RouteColumn } from '../options/route.ts';
import { mayStandInRoute } from '../options/route-options.ts';
import type { Finding } from './findings.ts';
import { freeName } from './names.ts';
import type { PlannedColumn } from './plan-column.ts';
import type { PlannedTable } from './plan-table.ts';
import type { PlannedRoute, SinkFile } from './sink-file.ts';
import { type SinkFileOptions, translateSinkOptions } from './sink-options.ts';
import type { TableRule } from './smt-config.ts';

/** The sink options of every rule, translated once. */
export function optionsOfRules(
  rules: readonly TableRule[],
  secretId: string,
): { readonly options: ReadonlyMap<TableRule, SinkFileOptions>; readonly findings: readonly Finding[] } {
  const translated = rules.map((rule) => [rule, translateSinkOptions(rule, secretId)] as const);
  return {
    options: new Map(translated.map(([rule, { options }]) => [rule, options])),
    findings: translated.flatMap(([, { findings }]) => findings),
  };
}

/** Options that rules have each their own of, and that a sink has once: one file cannot hold them. */
export function unsharedOptions(
  tables: readonly PlannedTable[],
  optionsOf: ReadonlyMap<TableRule, SinkFileOptions>,
): readonly Finding[] {
  const each = optionsOfTables(tables, optionsOf);
  const shared = sharedBy(each);
  const names = new Set(each.flatMap((options) => Object.keys(options)));
  const lost = [...names].filter((name) => !(name in shared) && !mayStandInRoute(name));
  if (lost.length === 0) return [];
  const text = `the rules differ in ${lost.join(', ')}, which a sink has once: deploy each sink-route.N.json as a sink of its own, or set them in the file.`;
  return [{ kind: 'option', where: 'sink-route.all.json', text }];
}

const optionsOfTables = (tables: readonly PlannedTable[], optionsOf: ReadonlyMap<TableRule, SinkFileOptions>) =>
  [...new Set(tables.map((table) => table.rule))].map((rule) => optionsOf.get(rule) ?? {});

function sharedBy(each: readonly SinkFileOptions[]): SinkFileOptions {
  const [first = {}] = each;
  return pick(first, (name) => each.every((options) => options[name] === first[name]));
}

/**
 * The sink's config for some tables: options that all their rules share stand once, the others with their routes, as far as a
 * route may set them.
 *
 * @in  optionsOf: what `optionsOfRules` gave; $schema: where an editor finds the schema of the file
 */
export function sinkFile(
  tables: readonly PlannedTable[],
  optionsOf: ReadonlyMap<TableRule, SinkFileOptions>,
  $schema?: string,
): SinkFile {
  const shared = sharedBy(optionsOfTables(tables, optionsOf));
  const databases = [...new Set(tables.map((table) => table.database))];
  const allowed = databases.map((database) => `${database}.*`).join(',');
  return {
    ...($schema !== undefined && { $schema }),
    version: 1,
    options: { ...shared, ...(shared['sink.tables.allow'] === undefined && { 'sink.tables.allow': allowed }) },
    routes: tables.map((table) =>
      toRoute(
        table,
        pick(optionsOf.get(table.rule) ?? {}, (name) => !(name in shared) && mayStandInRoute(name)),
      ),
    ),
  };
}

function toRoute(table: PlannedTable, options: SinkFileOptions): PlannedRoute {
  const { rule, sources, database, name, key } = table;
  const [first] = sources;
  const columns = toRouteColumns(table.columns);
  return {
    source:
      sources.length > 1
        ? { database: rule.database, table: rule.table }
        : { database: exactly(first?.database ?? ''), table: exactly(first?.name ?? '') },
    database,
    table: name,
    primaryKey: key.model === 'primary' ? [...key.columns] : [],
    columns: [...columns],
    options: { ...decoding(columns), ...options },
  };
}

function toRouteColumns(columns: readonly PlannedColumn[]): readonly RouteColumn[] {
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  return columns.flatMap(({ name, type, origin }): RouteColumn[] => {
    if (origin === 'order') return [];
    if (typeof origin === 'string') return [{ name, type, sourceType: `@${origin}` }];
    const isBytes = /^(tiny|medium|long)?blob$|binary$/.test(origin.dataType);
    const field = freeName(`${name}_base64`, (candidate) => taken.has(candidate.toLowerCase()));
    const column = {
      name,
      type,
      sourceType: origin.columnType,
      ...(origin.name !== name && { source: origin.name }),
      ...(isBytes && { encoding: 'base64' as const }),
      ...(type.startsWith('VARBINARY') && { field }),
    };
    return [column];
  });
}

/**
 * The Stream Load header that makes bytes of base64 text. The text has a field of its own, because StarRocks reads a field that
 * is named like a column as that column's type.
 */
function decoding(columns: readonly RouteColumn[]): SinkFileOptions {
  if (columns.every((column) => column.field === undefined)) return {};
  const fields = columns.map(({ name, field = name }) => backticked(field));
  const expressions = columns
    .filter((column) => column.field !== undefined)
    .map(({ name, field = name }) => `${backticked(name)}=to_binary(${backticked(field)},'encode64')`);
  return { 'sink.properties.columns': [...fields, ...expressions].join(',') };
}

const pick = (options: SinkFileOptions, keep: (name: string) => boolean): SinkFileOptions =>
  Object.fromEntries(Object.entries(options).filter(([name]) => keep(name)));
