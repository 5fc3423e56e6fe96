import * as v from 'valibot';
import { SinkError } from '../kit/errors.ts';
import { compilePattern } from '../kit/patterns.ts';
import { originTypes, type Route, type RouteGiven, routeSchema } from './route.ts';
import { routeOptions } from './route-options.ts';
import type { SinkOptions } from './table.ts';

export type ParsedRoutes =
  | { readonly ok: true; readonly routes: readonly Route[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const origins: ReadonlySet<string> = new Set(originTypes);

/** Thousands of routes may have the same fault. */
const mostProblems = 20;

/**
 * Checks the routes of a file, against its options too.
 *
 * @in      raw: what stands under `routes`; undefined: none
 * @out     the routes, or every problem, one sentence each
 * @throws  never
 */
export function parseRoutes(raw: unknown, file: SinkOptions): ParsedRoutes {
  if (raw === undefined || raw === null) return { ok: true, routes: [] };
  if (!Array.isArray(raw)) return { ok: false, problems: ['routes: expected a list.'] };
  const merged = routeOptions(file);
  const ofTables = new Map<string, string>();
  const routes: Route[] = [];
  const problems = raw.flatMap((given: unknown, index) => {
    const result = v.safeParse(routeSchema, given);
    const where = `routes[${index}]${nameOf(given)}`;
    if (!result.success) return result.issues.map((issue) => `${where}${pathOf(issue)}: ${issue.message}.`);
    routes.push(result.output);
    const { problems: ofOptions } = merged(result.output.options);
    const found = [
      ...ofOptions,
      ...rules.map((rule) => rule(result.output)).filter((problem) => problem !== false),
      ...tableProblem(result.output, ofTables),
    ];
    return found.map((problem) => `${where}: ${problem}`);
  });
  return problems.length > 0 ? { ok: false, problems: shortened(problems) } : { ok: true, routes };
}

/** @throws SinkError OPTIONS_INVALID, naming every problem */
export function requireRoutes(raw: unknown, file: SinkOptions): readonly Route[] {
  const parsed = parseRoutes(raw, file);
  if (parsed.ok) return parsed.routes;
  throw new SinkError('OPTIONS_INVALID', parsed.problems.join(' '));
}

const rules: readonly ((route: Route) => string | false)[] = [
  ({ source }) =>
    Object.keys(source).length === 0 && 'source names nothing. Expected database and table, attributes, or object.',
  ({ source: { attributes, ...named } }) => {
    const bad = Object.entries<string | undefined>({ ...named, ...attributes }).find(
      ([, pattern]) => pattern !== undefined && !isPattern(pattern),
    );
    return bad !== undefined && `the pattern of ${bad[0]} is no regular expression, found ${JSON.stringify(bad[1])}.`;
  },
  ({ mode, primaryKey }) =>
    mode === 'history' &&
    primaryKey.length > 0 &&
    'mode history keeps each change, and a primary key keeps the last one: leave primaryKey out.',
  ({ columns }) => {
    const names = columns.map(({ name }) => name.toLowerCase());
    const twice = names.find((name, index) => names.indexOf(name) < index);
    return twice !== undefined && `the column ${twice} stands there twice.`;
  },
  ({ columns }) => {
    const odd = columns.find(({ sourceType = '' }) => sourceType.startsWith('@') && !origins.has(sourceType));
    return (
      odd !== undefined &&
      `the column ${odd.name} is filled by ${odd.sourceType}, which is none of ${originTypes.join(', ')}.`
    );
  },
  ({ columns, primaryKey }) => {
    const lacking = primaryKey.find((key) => columns.every(({ name }) => name !== key));
    return columns.length > 0 && lacking !== undefined && `primaryKey names ${lacking}, which columns does not.`;
  },
];

/** What only says how messages are read. All else concerns the table, and is the same whoever loads it. */
const ofReading =
  /^sink\.(csv\.|deletes$|ignore\.update-before$|properties\.(column_separator|row_delimiter|enclose|escape|trim_space|json_root)$)/;

function tableProblem({ database, table, mode, options }: Route, known: Map<string, string>): readonly string[] {
  const key = JSON.stringify([database, table]);
  const own = JSON.stringify(
    Object.entries({ mode, ...options })
      .filter(([name]) => !ofReading.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const before = known.get(key) ?? own;
  known.set(key, before);
  return before === own
    ? []
    : [`it sets other options than a route before it to ${database}.${table}, and a table has one set of them.`];
}

function isPattern(pattern: string): boolean {
  try {
    return compilePattern(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

function nameOf(given: unknown): string {
  const { database, table } = (given ?? {}) as Partial<RouteGiven>;
  return typeof database === 'string' && typeof table === 'string' ? ` (${database}.${table})` : '';
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? '' : `, ${path}`;
}

const shortened = (problems: readonly string[]) =>
  problems.length > mostProblems
    ? [...problems.slice(0, mostProblems), `There are ${problems.length - mostProblems} more problems of routes.`]
    : problems;
