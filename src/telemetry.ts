import type { Metric } from './options/metric-names.ts';

/** The Logger writes these itself, and drops fields of such names. @source  Powertools for AWS Lambda, Logger, reserved keys */
type ReservedKey = 'level' | 'message' | 'sampling_rate' | 'service' | 'timestamp';

export type TelemetryFields = Readonly<Record<string, unknown>> & { readonly [key in ReservedKey]?: never };

/** What the pipeline tells of itself. Fields hold labels, tables, counts, bytes, milliseconds and codes; never a row. */
export interface Telemetry {
  event(level: 'info' | 'warn' | 'error', message: string, fields: TelemetryFields): void;
  count(metric: Metric, value: number): void;
}
