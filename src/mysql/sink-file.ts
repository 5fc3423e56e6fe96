import type { Route } from '../options/route.ts';
import type { SinkFileOptions } from './sink-options.ts';

/** Without `mode`, it mirrors. */
export type PlannedRoute = Omit<Route, 'mode'>;

/** The sink's config file, sink.json, which `migrate` writes as sink-route.N.json. */
export interface SinkFile {
  readonly $schema?: string;
  readonly version: 1;
  readonly options: SinkFileOptions;
  readonly routes: readonly PlannedRoute[];
}
