import type { Clock } from '../kit/clock.ts';
import { type FailureCode, SinkError } from '../kit/errors.ts';
import { leaveMarker, type Marker, takeMarkerAway } from '../ledger/in-doubt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Destination, TransactionResult, Transactions } from '../ports.ts';
import type { Joined } from '../rows/batch.ts';
import { codeOfRefusal } from '../starrocks/refusal-codes.ts';
import type { Refusal } from './error-log.ts';
import { notSettled } from './outcomes.ts';

export interface AttemptDeps {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly preparedTimeoutS: number;
}

interface AttemptFacts {
  readonly label: string;
  readonly rows: number;
  readonly bytes: number;
  /** Rolls the transaction back, if it can be reached soon; one that is not decided upon never commits by itself. */
  readonly rollBack: () => Promise<void>;
  /** To be called when the decision is marked done: nothing is in doubt any more. */
  readonly forget: () => Promise<void>;
}

/**
 * One transaction: prepared with every row counted, or why not. `bad`: its rows are refused, or were miscounted. `again`:
 * another label may be tried.
 */
export type Attempt = AttemptFacts &
  (
    | { readonly state: 'prepared' }
    | { readonly state: 'bad'; readonly refusal: Refusal; readonly miscounted?: true }
    | { readonly state: 'again' | 'given-up'; readonly code: FailureCode; readonly detail: string }
  );

type End = Attempt extends infer T ? (T extends unknown ? Omit<T, keyof AttemptFacts> : never) : never;

/** Rows and bytes of all of the bodies. */
export const sizeOf = (parts: readonly Joined[]): { readonly rows: number; readonly bytes: number } => ({
  rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  bytes: parts.reduce((sum, { body }) => sum + body.bytes, 0),
});

/** While StarRocks is away, an invocation does not last until its end only to roll back. */
const rollBackForMs = 10_000;

export interface AttemptName {
  readonly batch: string;
  /** Nobody else uses it. */
  readonly label: string;
}

/**
 * Begins, loads and prepares one transaction.
 *
 *   begin ─▶ load, and meanwhile leave a marker ─▶ prepare
 *
 * The marker comes behind begin: whoever finds it finds the transaction, and rolls it back for good. Prepare comes behind the
 * marker: what is only begun ends by its own time, what is prepared would stay for a day.
 *
 * @in      parts: bodies, sent one after the other
 * @throws  never a SinkError
 */
export async function attemptTransaction(
  { batch, label }: AttemptName,
  destination: Destination,
  parts: readonly Joined[],
  ledger: Ledger,
  deps: AttemptDeps,
): Promise<Attempt> {
  const { transactions, clock } = deps;
  const { deadlineMs } = ledger;
  const { database, table } = destination;
  const name = { database, label, deadlineMs };
  let marker: Marker | undefined;
  let mayExist = false;
  const forget = async () => {
    if (marker) await takeMarkerAway(marker, ledger);
  };
  const facts: AttemptFacts = {
    ...{ label, forget, ...sizeOf(parts) },
    async rollBack() {
      if (!mayExist) return forget();
      const untilMs = Math.min(deadlineMs, clock.now() + rollBackForMs);
      const result = await transactions.rollback({ ...name, deadlineMs: untilMs }).catch(() => undefined);
      // What could not be rolled back now is left to the sweep.
      if (result?.state === 'ok' || result?.state === 'aborted' || result?.state === 'not-exists') await forget();
    },
  };
  const leave = () =>
    leaveMarker({ batch, label, database, table, untilMs: ledger.untilMs }, ledger).then(
      (left) => {
        marker = left;
      },
      (error: unknown) => notMarked(error, batch),
    );
  const steps = async (): Promise<End> => {
    const timeoutS = Math.max(1, Math.floor((deadlineMs - clock.now()) / 1000));
    mayExist = true;
    const begun = await transactions.begin(name, table, timeoutS).catch((error: unknown) => {
      mayExist = false;
      throw error;
    });
    // The label is this worker's alone: one that exists was begun by a request whose answer got lost.
    if (begun.state !== 'ok' && begun.state !== 'already-exists') return endOf(begun);
    const marking = leave();
    const loaded = await loadParts(parts, (body) => transactions.load(name, destination, body)).finally(() => marking);
    if (loaded.state !== 'ok') return endOf(loaded);
    const unmarked = await marking;
    if (unmarked) return unmarked;
    const prepared = await transactions.prepare(name, deps.preparedTimeoutS);
    return prepared.state === 'ok' ? checkCounts(prepared, facts.rows) : endOf(prepared);
  };
  try {
    return { ...facts, ...(await steps()) };
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ...facts, state: 'given-up', code: error.code, detail: error.detail };
  }
}

function notMarked(error: unknown, batch: string): End {
  const { code, detail } = notSettled(error, `Batch ${batch}`);
  return { state: 'given-up', code, detail };
}

async function loadParts(
  parts: readonly Joined[],
  load: (body: Joined['body']) => Promise<TransactionResult>,
): Promise<TransactionResult> {
  for (const { body } of parts) {
    const loaded = await load(body);
    if (loaded.state !== 'ok') return loaded;
  }
  return { state: 'ok' };
}

/** Malformed JSON inside an array can lose rows and still answer OK, so what was not counted is not committed. */
function checkCounts({ counts }: TransactionResult & { state: 'ok' }, rows: number): End {
  if (counts === undefined) {
    return { state: 'again', code: 'ANSWER_LOST', detail: 'The answer of prepare, which counts the rows, was lost.' };
  }
  if (counts.total === rows) return { state: 'prepared' };
  return { state: 'bad', refusal: { message: `StarRocks counted ${counts.total} of ${rows} rows.` }, miscounted: true };
}

function endOf(result: Exclude<TransactionResult, { state: 'ok' }>): End {
  if (result.state !== 'refused') return { state: 'again', code: 'STARROCKS_TRANSIENT', detail: result.message };
  const { kind, message } = result;
  if (kind === 'data') return { state: 'bad', refusal: result };
  return { state: kind === 'transient' ? 'again' : 'given-up', code: codeOfRefusal[kind], detail: message };
}
