import { benchChanges } from './changes.ts';
import { benchColdStart } from './cold-start.ts';
import { benchFitting } from './fitting.ts';
import { benchFollow } from './follow.ts';
import { benchIngest } from './ingest.ts';
import { benchLarge } from './large.ts';
import type { Line } from './lines.ts';
import { benchLoadMemory } from './load-memory.ts';
import { benchMemory } from './memory.ts';
import { benchProducer } from './producer.ts';
import { benchVisible } from './visible.ts';

/** What the command line may change. */
export interface Settings {
  /** Rows that the part `large` sends through each of its sides; above one, also a batch of the part `load-memory`. */
  readonly gigabytes: number;
}

type Parts = Readonly<Record<string, (settings: Settings) => Promise<readonly Line[]>>>;

/** What `--only` names, in the order of the table. */
export const parts: Parts = {
  ingest: benchIngest,
  fitting: benchFitting,
  changes: benchChanges,
  producer: benchProducer,
  memory: benchMemory,
  large: benchLarge,
  'load-memory': benchLoadMemory,
  'cold-start': benchColdStart,
  follow: benchFollow,
  visible: benchVisible,
};
