import type { SinkOptions } from '../options/table.ts';
import type { TableId } from '../ports.ts';
import type { Parts } from './wiring.ts';

/** The options of each table: those of the routes that fill it, or else of the file. One object for all that have the same. */
export const tableOptions =
  ({ options, routes }: Pick<Parts, 'options' | 'routes'>) =>
  ({ database, table }: TableId): SinkOptions =>
    routes.routeTo(database, table)?.options ?? options;

/** What is made of options, once for each set of them. */
export function byOptions<T>(make: (options: SinkOptions) => T): (options: SinkOptions) => T {
  const made = new WeakMap<SinkOptions, { readonly value: T }>();
  return (options) => {
    const found = made.get(options) ?? { value: make(options) };
    made.set(options, found);
    return found.value;
  };
}
