import { contradictions } from './contradictions.ts';
import { isOption, type RawOptions, readProperties, readValue, unknownName } from './parse.ts';
import type { Route } from './route.ts';
import type { OptionSpec } from './spec.ts';
import { type OptionName, optionTable, type SinkOptions } from './table.ts';

const specs: Readonly<Record<OptionName, OptionSpec>> = optionTable;

const isNamed = (name: string): name is OptionName => Object.hasOwn(optionTable, name);

/**
 * The options of the file with what a route sets; one object for all routes that set the same.
 *
 * @in   file: the options of the file
 * @out  what is wrong with the route's, and of both together, one sentence each
 */
export function routeOptions(
  file: SinkOptions,
): (own: RawOptions) => { readonly options: SinkOptions; readonly problems: readonly string[] } {
  const known = new Map<string, ReturnType<typeof merge>>();
  return (own) => {
    const key = JSON.stringify(own);
    const found = known.get(key) ?? merge(file, own);
    known.set(key, found);
    return found;
  };
}

function merge(file: SinkOptions, own: RawOptions) {
  const names = Object.keys(own);
  if (names.length === 0) return { options: file, problems: [] };
  const problems = names.flatMap((name) => whyNot(name) ?? []);
  const values = names.filter(isNamed).map((name) => [name, readValue(name, own[name], problems)] as const);
  const properties = { ...file.properties, ...readProperties(own, problems) };
  const options: SinkOptions = { ...file, ...Object.fromEntries(values), properties };
  const before = new Set(contradictions(file));
  problems.push(...contradictions(options).filter((problem) => !before.has(problem)));
  return { options, problems };
}

/** Whether a table may have another value of an option than the others. */
export const mayStandInRoute = (name: string): boolean =>
  isNamed(name) ? specs[name].perTable === true : isOption(name);

function whyNot(name: string): string | undefined {
  if (!isOption(name)) return unknownName(name);
  return !mayStandInRoute(name)
    ? `${name} holds for all tables of a sink: set it in the file, or make another sink.`
    : undefined;
}

/** Whether some table is filled exactly once. */
export const usesExactlyOnce = (file: SinkOptions, routes: readonly Pick<Route, 'options'>[]): boolean =>
  [file, ...routes.map(({ options }) => options)].some((options) => options['sink.semantic'] === 'exactly-once');
