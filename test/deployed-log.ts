import { vi } from 'vitest';
import { cloudWatch } from '../src/lambda/observer.ts';
import type { Telemetry } from '../src/telemetry.ts';

/**
 * The telemetry of a function as it is deployed, the lines that it prints, and what it counts. What the Logger says of its own
 * accord, such as that it drops a field, is an error.
 */
export function deployedLog() {
  const lines: Record<string, unknown>[] = [];
  const counts: Record<string, number> = {};
  const write = (text: string) => void lines.push(JSON.parse(text));
  for (const level of ['log', 'info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(write);
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  const { telemetry: deployed } = cloudWatch('ingest');
  const event: Telemetry['event'] = (level, message, fields) => {
    const from = lines.length;
    deployed.event(level, message, fields);
    const said = lines.slice(from).map((line) => String(line['message']));
    if (said.length !== 1) throw new Error(`Of one event, "${message}", the Logger said: ${said.join(' ')}`);
  };
  const count = (metric: string, value: number) => {
    counts[metric] = (counts[metric] ?? 0) + value;
  };
  return { telemetry: { event, count }, lines, counts };
}
