import { createHash } from 'node:crypto';
import type { TableDefinition } from '../model.ts';
import type { Alteration } from './alteration.ts';

/** The frontend's scheduler looks after jobs so often. Source: `alter_scheduler_interval_millisecond`. */
const roundMs = 10_000;
const schedulerRounds = 2;
/** `alter_table_timeout_second`; a change of the schema alone is listed with 1. */
const jobTimeoutSeconds = 86_400;
const firstId = 11_000;

/** A row of SHOW ALTER TABLE COLUMN. */
export interface SchemaJob {
  readonly id: number;
  readonly database: string;
  readonly table: string;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  readonly finishedAtMs?: number;
  /** Of the rows that the job writes, and of those that it reads; the same when none are written. */
  readonly indexId: number;
  readonly originIndexId: number;
  readonly schemaVersion: string;
  readonly transactionId: number;
  readonly state: 'PENDING' | 'RUNNING' | 'FINISHED';
  readonly timeoutSeconds: number;
}

interface Entry {
  readonly job: Omit<SchemaJob, 'state'>;
  /** Puts the new schema in the place of the old one; absent once that was done. */
  readonly finish?: () => Promise<void>;
}

/**
 * The schema changes of all tables, the oldest first.
 *
 * A change of the schema alone is finished when it is asked for. One that writes rows anew is PENDING for one round of
 * the scheduler, RUNNING for another, and FINISHED then: the table has its old schema until `settle` is called.
 *
 * @source AlterJobV2 in the StarRocks frontend; test/fixtures/recorded/alter-add-column.json
 */
export interface SchemaJobs {
  isBusy(database: string, table: string): boolean;
  finished(table: TableDefinition): void;
  begin(table: TableDefinition, alteration: Alteration, finish: () => Promise<void>): void;
  list(database: string): readonly SchemaJob[];
  /** Forgets the jobs of a table, or of a database. */
  forget(database: string, table?: string): void;
  /** Finishes the jobs whose time has come; undefined when there are none. */
  settle(): Promise<void> | undefined;
}

/** @in now: epoch milliseconds */
export function createSchemaJobs(now: () => number): SchemaJobs {
  let entries: Entry[] = [];
  let settling: Promise<void> | undefined;
  let lastId = firstId;
  /** By table: the rows' index now, and how many schemas there were. */
  const indexes = new Map<string, { readonly index: number; readonly version: number }>();
  const nextId = () => ++lastId;
  const keyOf = (database: string, table: string) => JSON.stringify([database, table]);

  function add(table: TableDefinition, timeoutSeconds: number, finish?: () => Promise<void>): void {
    const key = keyOf(table.database, table.name);
    const { index: originIndexId, version } = indexes.get(key) ?? { index: nextId(), version: 0 };
    const indexId = finish === undefined ? originIndexId : nextId();
    indexes.set(key, { index: indexId, version: version + 1 });
    const job: Entry['job'] = {
      ...{ id: nextId(), database: table.database, table: table.name, createdAtMs: now() },
      ...{ indexId, originIndexId, transactionId: finish === undefined ? nextId() : -1, timeoutSeconds },
      schemaVersion: `${version + 1}:${schemaHash(table)}`,
      ...(finish === undefined && { finishedAtMs: now() }),
    };
    entries.push({ job, ...(finish !== undefined && { finish }) });
  }

  async function finishDue(): Promise<void> {
    for (const entry of entries.filter(isDue)) {
      await entry.finish?.();
      const finishedAtMs = entry.job.createdAtMs + schedulerRounds * roundMs;
      const done: Entry = { job: { ...entry.job, finishedAtMs, transactionId: nextId() } };
      entries = entries.map((each) => (each === entry ? done : each));
    }
  }

  function roundsOf({ job }: Entry): number {
    return Math.floor((now() - job.createdAtMs) / roundMs);
  }

  function isDue(entry: Entry): boolean {
    return entry.finish !== undefined && roundsOf(entry) >= schedulerRounds;
  }

  return {
    isBusy: (database, table) =>
      entries.some(({ job, finish }) => finish !== undefined && job.database === database && job.table === table),
    finished: (table) => add(table, 1),
    begin: (table, { changed }, finish) => add({ ...changed, name: table.name }, jobTimeoutSeconds, finish),
    list: (database) =>
      entries
        .filter(({ job }) => job.database === database)
        .map((entry) => ({ ...entry.job, state: stateOf(entry, roundsOf(entry)) })),
    forget(database, table) {
      entries = entries.filter(({ job }) => job.database !== database || (table !== undefined && job.table !== table));
      for (const key of [...indexes.keys()]) {
        if (
          table === undefined
            ? key.startsWith(`${JSON.stringify([database]).slice(0, -1)},`)
            : key === keyOf(database, table)
        )
          indexes.delete(key);
      }
    },
    settle() {
      if (settling === undefined && entries.some(isDue)) {
        settling = finishDue().finally(() => {
          settling = undefined;
        });
      }
      return settling;
    },
  };
}

function stateOf({ finish }: Entry, rounds: number): SchemaJob['state'] {
  if (finish === undefined) return 'FINISHED';
  return rounds === 0 ? 'PENDING' : 'RUNNING';
}

/** A number that tells schemas apart. */
function schemaHash({ columns }: TableDefinition): number {
  const digest = createHash('sha256').update(JSON.stringify(columns)).digest();
  return digest.readUInt32BE(0) >>> 1;
}
