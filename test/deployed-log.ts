import { vi } from 'vitest';
import { cloudWatch } from '../src/lambda/observer.ts';

/** The telemetry of a function as it is deployed, the lines that it prints, and what it counts. */
export function deployedLog() {
  const lines: Record<string, unknown>[] = [];
  const counts: Record<string, number> = {};
  const write = (text: string) => void lines.push(JSON.parse(text));
  for (const level of ['log', 'info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(write);
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  const { event } = cloudWatch('ingest').telemetry;
  const count = (metric: string, value: number) => {
    counts[metric] = (counts[metric] ?? 0) + value;
  };
  return { telemetry: { event, count }, lines, counts };
}
