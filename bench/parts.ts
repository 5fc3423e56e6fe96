import { benchBill } from './bill.ts';
import { benchChanges } from './changes.ts';
import { benchColdStart } from './cold-start.ts';
import { benchFitting } from './fitting.ts';
import { benchFollow } from './follow.ts';
import { benchGrowth } from './growth.ts';
import { benchIngest } from './ingest.ts';
import { benchLarge } from './large.ts';
import type { Line } from './lines.ts';
import { benchLoadMemory } from './load-memory.ts';
import { benchMemory } from './memory.ts';
import { benchAwsSdk } from './peers/aws-sdk.ts';
import { benchDebezium } from './peers/debezium.ts';
import { benchFlink } from './peers/flink.ts';
import { benchStreamLoad } from './peers/stream-load.ts';
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
  bill: benchBill,
  'load-memory': benchLoadMemory,
  'cold-start': benchColdStart,
  growth: benchGrowth,
  follow: benchFollow,
  visible: benchVisible,
};

/** What `--only` names beside `--peers`: these need Java and libraries that are fetched. */
export const peerParts: Parts = {
  'stream-load': benchStreamLoad,
  flink: benchFlink,
  debezium: benchDebezium,
  'aws-sdk': benchAwsSdk,
};
