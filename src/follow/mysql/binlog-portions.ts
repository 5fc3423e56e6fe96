import type { Clock } from '../../kit/clock.ts';
import { inTime } from '../../kit/in-time.ts';
import type { SchemaChange, SourceEvent, SourcePosition } from '../../mysql/follow/source.ts';
import type { Portion } from '../outgoing.ts';
import { BinlogReading, type ReadingDeps } from './binlog-reading.ts';
import type { KnownTables } from './known-tables.ts';
import type { BinlogPlace } from './place.ts';

export interface BinlogDeps extends ReadingDeps {
  readonly open: (from: SourcePosition) => AsyncIterable<readonly SourceEvent[]>;
  /** Does what a schema change asks for. @throws SinkError: nobody may go on before a person has acted */
  readonly onSchemaChange: (change: SchemaChange, transaction: string) => Promise<void>;
  /** @throws SinkError: nobody can go on behind this, whatever a person says */
  readonly refuse?: (change: SchemaChange) => void;
  /** How long rows wait for company. */
  readonly flushMs: number;
  readonly clock: Clock;
}

/**
 * Reads the binlog from a place on, and cuts it into portions: where there are enough rows, or where they have waited long
 * enough, within a transaction too.
 *
 * @throws what the server's reader throws, when everything before it was given
 */
export async function* binlogPortions(
  from: BinlogPlace,
  until: AbortSignal,
  deps: BinlogDeps,
): AsyncGenerator<Portion<BinlogPlace>> {
  const reading = new BinlogReading(from, deps);
  try {
    for await (const batch of untilDue(deps.open(from.position), until, deps)) {
      if (batch !== 'due') yield* takeAll(batch, reading, deps);
      else if (reading.hasMoved) yield reading.close();
    }
  } catch (error) {
    if (reading.hasMoved) yield reading.close();
    throw error;
  }
  if (reading.hasMoved) yield reading.close();
}

async function* takeAll(
  events: readonly SourceEvent[],
  reading: BinlogReading,
  { gathering, tables, onSchemaChange, refuse }: BinlogDeps,
): AsyncGenerator<Portion<BinlogPlace>> {
  for (const event of events) {
    if (event.kind === 'schema-change') {
      // Rows of before are in the queue before the table changes.
      if (reading.hasMoved) yield reading.close();
      refuse?.(event);
      const { transaction } = reading;
      if (transaction !== undefined)
        for (const change of eachTable(event, tables)) await onSchemaChange(change, transaction);
      // A person who lets a table have a new name answers for the rows in it.
      if (event.change === 'create' || event.change === 'rename') await tables.add(event);
    } else reading.take(event);
    if (gathering.isFull) yield reading.close();
  }
}

/** What goes with a database is what was in it. */
const eachTable = (change: SchemaChange, tables: KnownTables): readonly SchemaChange[] =>
  change.table === '' ? tables.of(change.database).map(({ table }) => ({ ...change, table })) : [change];

/** How long a reader is waited for that is to close. */
const closeMs = 2000;

type Asked = IteratorResult<readonly SourceEvent[]> | 'over' | 'due';

/** Gives what comes, and a mark whenever rows have waited long enough, also while nothing comes; ends at the signal. */
async function* untilDue(
  source: AsyncIterable<readonly SourceEvent[]>,
  until: AbortSignal,
  { clock, flushMs }: Pick<BinlogDeps, 'clock' | 'flushMs'>,
): AsyncGenerator<readonly SourceEvent[] | 'due'> {
  const events = source[Symbol.asyncIterator]();
  // A connection may be silent for long, and the signal does not wait for it.
  const isOver = new Promise<'over'>((resolve) => {
    if (until.aborted) resolve('over');
    until.addEventListener('abort', () => resolve('over'), { once: true });
  });
  const ask = () => {
    const asked = events.next();
    // It may fail while whoever takes the events is busy, and is looked at when they come back.
    asked.catch(() => undefined);
    return asked;
  };
  let dueMs = clock.now() + flushMs;
  let coming = ask();
  try {
    for (;;) {
      const asked: Promise<Asked> = Promise.race([coming, isOver]);
      const next = await inTime(asked, dueMs - clock.now(), clock, (): Asked => 'due');
      if (next === 'over') return;
      if (next !== 'due') {
        if (next.done) return;
        yield next.value;
        coming = ask();
      }
      if (clock.now() < dueMs) continue;
      yield 'due';
      dueMs = clock.now() + flushMs;
    }
  } finally {
    await inTime(Promise.resolve(events.return?.()), closeMs, clock, () => undefined);
  }
}
