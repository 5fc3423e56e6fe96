import type { Clock } from '../kit/clock.ts';
import { type FailureCode, SinkError } from '../kit/errors.ts';
import type { Destination, TransactionResult, Transactions } from '../ports.ts';
import type { Item, Join } from '../rows/batch.ts';
import type { Run } from './delivery.ts';
import { codeOfRefusal } from './outcomes.ts';

export interface AttemptDeps<I extends Item> {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly join: Join<I>;
  readonly preparedTimeoutS: number;
}

interface AttemptFacts {
  readonly label: string;
  readonly rows: number;
  readonly bytes: number;
  /** Rolls the transaction back, if it can be reached soon; one that is not decided upon never commits by itself. */
  readonly rollBack: () => Promise<void>;
}

/** One transaction: prepared with every row counted, or why not. `again`: another label may be tried at once. */
export type Attempt = AttemptFacts &
  (
    | { readonly state: 'prepared' }
    | { readonly state: 'bad-data'; readonly detail: string }
    | { readonly state: 'again' | 'given-up'; readonly code: FailureCode; readonly detail: string }
  );

type End = Attempt extends infer T ? (T extends unknown ? Omit<T, keyof AttemptFacts> : never) : never;

/** While StarRocks is away, an invocation does not last until its end only to roll back. */
const rollBackForMs = 10_000;

/**
 * Begins, loads and prepares one transaction under a label that only this worker uses.
 *
 * @throws  never a SinkError
 */
export async function attemptTransaction<I extends Item>(
  label: string,
  destination: Destination,
  items: readonly I[],
  { deadlineMs }: Run,
  deps: AttemptDeps<I>,
): Promise<Attempt> {
  const { transactions, clock } = deps;
  const name = { database: destination.database, label, deadlineMs };
  const parts = cutByBytes(items).map((part) => deps.join(part, destination));
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  let mayExist = true;
  const facts: AttemptFacts = {
    ...{ label, rows, bytes: parts.reduce((sum, { body }) => sum + body.bytes, 0) },
    rollBack: async () => {
      const untilMs = Math.min(deadlineMs, clock.now() + rollBackForMs);
      if (mayExist) await transactions.rollback({ ...name, deadlineMs: untilMs }).catch(() => undefined);
    },
  };
  const steps = async (): Promise<End> => {
    const timeoutS = Math.max(1, Math.floor((deadlineMs - clock.now()) / 1000));
    const begun = await transactions.begin(name, destination.table, timeoutS).catch((error: unknown) => {
      mayExist = false;
      throw error;
    });
    // The label is this worker's alone: one that exists was begun by a request whose answer got lost.
    if (begun.state !== 'ok' && begun.state !== 'already-exists') return endOf(begun);
    for (const { body } of parts) {
      const loaded = await transactions.load(name, destination, body);
      if (loaded.state !== 'ok') return endOf(loaded);
    }
    const prepared = await transactions.prepare(name, deps.preparedTimeoutS);
    return prepared.state === 'ok' ? checkCounts(prepared, rows) : endOf(prepared);
  };
  try {
    return { ...facts, ...(await steps()) };
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ...facts, state: 'given-up', code: error.code, detail: error.detail };
  }
}

/** One JSON body is held in the memory of a backend, so a large batch is several. @source streaming_load_max_batch_size_mb */
const maxBodyBytes = 90 * 1024 ** 2;

function cutByBytes<I extends Item>(items: readonly I[]): I[][] {
  const parts: I[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    bytes += item.bytes + 1;
    if (bytes > maxBodyBytes) {
      parts.push([]);
      bytes = item.bytes + 2;
    }
    parts.at(-1)?.push(item);
  }
  return parts;
}

/** Malformed JSON inside an array can lose rows and still answer OK, so what was not counted is not committed. */
function checkCounts({ counts }: TransactionResult & { state: 'ok' }, rows: number): End {
  if (counts === undefined)
    return { state: 'again', code: 'ANSWER_LOST', detail: 'The answer of prepare, which counts the rows, was lost.' };
  if (counts.total === rows) return { state: 'prepared' };
  return { state: 'given-up', code: 'ROWS_MISCOUNTED', detail: `Sent ${rows}, counted ${counts.total}.` };
}

function endOf(result: Exclude<TransactionResult, { state: 'ok' }>): End {
  if (result.state !== 'refused') return { state: 'again', code: 'STARROCKS_TRANSIENT', detail: result.message };
  const { kind, message } = result;
  if (kind === 'data') return { state: 'bad-data', detail: message };
  return { state: kind === 'transient' ? 'again' : 'given-up', code: codeOfRefusal[kind], detail: message };
}
