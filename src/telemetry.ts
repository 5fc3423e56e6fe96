import type { Metric } from './options/metric-names.ts';

/** What the pipeline tells of itself. Fields hold labels, tables, counts, bytes, milliseconds and codes; never a row. */
export interface Telemetry {
  event(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void;
  count(metric: Metric, value: number): void;
}
