import type { MetricSpec } from '../../src/options/metric-names.ts';
import { code, table } from './markdown.ts';

/** docs/metrics.md, from the table of metrics. */
export function renderMetricsPage(metrics: Readonly<Record<string, MetricSpec>>): string {
  const rows = Object.entries(metrics).map(([name, { by, unit, counts }]) => [code(name), unit, by.join(', '), counts]);
  return `# Metrics

The functions count in the CloudWatch namespace \`StarRocksSink\`, with the function's name as the dimension \`service\`. They write embedded
metrics into their logs, so that counting costs no call. Alarms and the dashboard add up what the functions of one sink count; what
each alarm asks of a person stands in [operations.md](operations.md).

${table(['metric', 'unit', 'counted by', 'what it counts'], rows)}

Lambda's own metrics and those of the queues are read as AWS makes them: errors, throttles and duration of the functions, the age of the
oldest message, messages that wait, messages in the dead letters.
`;
}
