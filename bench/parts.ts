import { benchColdStart } from './cold-start.ts';
import { benchIngest } from './ingest.ts';
import type { Line } from './lines.ts';
import { benchMemory } from './memory.ts';
import { benchProducer } from './producer.ts';

/** What `--only` names, in the order of the table. */
export const parts: Readonly<Record<string, () => Promise<readonly Line[]>>> = {
  ingest: benchIngest,
  producer: benchProducer,
  memory: benchMemory,
  'cold-start': benchColdStart,
};
