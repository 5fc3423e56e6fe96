/**
 * Who may commit a chunk, written down in S3 so that it is settled once.
 *
 *   chunk ──claim──▶ batch ──decision──▶ what became of it
 *
 * A worker makes up a batch B and claims its chunks (claims.ts): each book of claims is changed only if it is unchanged. When
 * StarRocks has prepared exactly the rows of the chunks that B claimed, the worker decides: `decisions/B` = commit L, only if
 * absent. That write is the moment at which the batch happens; then L is committed, and the decision marked done.
 *
 * A decision only moves so, and each move is one conditional write with one winner:
 *
 *   (absent) ─▶ commit L ─▶ done L          by the worker, by whoever finds the chunk later, or by the sweep
 *      │            └─────▶ void            StarRocks has aborted L
 *      ├─────▶ staged S                     the batch is a segment now, and travels on as a pointer
 *      └─────▶ void                         given up, by its worker, or by somebody who waited long enough
 *
 * A claim moves only away from a void batch: B → B', only if unchanged. So a chunk's rows are in one committed batch only.
 * No clock is needed for that; times only say when to stop waiting for somebody else. Nobody rolls back a label of a batch
 * that is not its own, unless that batch is void. Nothing is taken for committed without evidence: a label that StarRocks does
 * not know any more may have been committed, or aborted by an operator.
 */
import type { FailureCode } from '../kit/errors.ts';
import type { TableId, TransactionResult } from '../ports.ts';
import type { Segment } from '../rows/segment.ts';
import { codeOfRefusal } from '../starrocks/refusal-codes.ts';
import {
  putIfAbsent,
  readText,
  replaceIfUnchanged,
  untilDeadline,
  type WriteDeps,
  type Written,
} from './conditional-writes.ts';
import type { KnownBooks } from './known-books.ts';
import { type Committing, type Decision, decisionKey, readDecision, writeRecord } from './records.ts';

/** The ledger as one run uses it. */
export interface Ledger extends WriteDeps {
  /** Commits a label that a decision names; may be repeated. */
  readonly commit: (database: string, label: string) => Promise<TransactionResult>;
  /** Sends the pointer of a segment; may be repeated. */
  readonly sendPointer: (segment: Segment) => Promise<void>;
  /** Epoch milliseconds until which this run may be at work: nobody takes its claims before. */
  readonly untilMs: number;
  /** What the process wrote in earlier runs; without it every book is met for the first time. */
  readonly books?: KnownBooks;
}

/**
 * What became of a batch. `loaded`: its rows are committed, or will be. `busy`: somebody is at work. `void`: nothing of it will
 * ever be committed. `undecided`: nobody can tell: a person must look. Or StarRocks refuses its commit now.
 */
export type Fate = 'loaded' | 'busy' | 'undecided' | 'void' | RefusedCommit;

/** A commit that was decided upon, and that StarRocks does not carry out as long as something else is not mended. */
export interface RefusedCommit {
  readonly code: FailureCode;
  readonly detail: string;
}

/**
 * Finds out what becomes of a batch that somebody else made, and helps it to its end.
 *
 * @in     untilMs: when its worker is at its end, dead or alive
 * @throws Error when S3 or StarRocks did not answer in time
 */
export async function resolveBatch(batch: string, untilMs: number, table: TableId, ledger: Ledger): Promise<Fate> {
  const key = decisionKey(batch);
  let found = await readText(key, ledger);
  if (found === undefined) {
    if (ledger.clock.now() <= untilMs) return 'busy';
    const written = await putIfAbsent(key, writeRecord({ state: 'void' }), ledger);
    if (written.won) return 'void';
    found = written;
  }
  const decision = readDecision(found.text);
  switch (decision.state) {
    case 'void':
      return 'void';
    case 'done':
      return 'loaded';
    case 'staged':
      await sendStaged(decision.segment, ledger);
      return 'loaded';
    case 'commit': {
      const end = await finish(key, found.etag, decision, table, ledger);
      if (typeof end !== 'object' || !('noted' in end)) return end;
      await end.noted;
      return 'loaded';
    }
  }
}

/** Its rows are in the table. */
export interface Committed {
  /**
   * Whether the decision says so, too: while it does not, the marker must stay, for the sweep to note it. Never rejects; it is under
   * way when the commit is known, and nobody needs to wait for it but whoever takes the marker away.
   */
  readonly noted: Promise<boolean>;
}

/** Carries out a decision to commit: the worker that took it, and anyone who finds it, does the same. */
async function finish(
  key: string,
  etag: string,
  decision: Committing,
  { database }: TableId,
  ledger: Ledger,
): Promise<Fate | Committed> {
  const result = await ledger.commit(database, decision.label);
  switch (result.state) {
    case 'ok':
      return { noted: markDone(key, etag, decision, ledger) };
    case 'aborted':
      return voidCommitted(key, etag, ledger);
    case 'not-exists':
      // It may have been committed and forgotten, or aborted by an operator and forgotten.
      return isDoneBySomebody(key, ledger);
    case 'refused':
      return { code: codeOfRefusal[result.kind], detail: `The commit of ${decision.label}: ${result.message}` };
    default:
      return 'busy';
  }
}

/** The evidence for whoever comes later, when StarRocks has forgotten the label. @out  false: it may not be there */
async function markDone(key: string, etag: string, decision: Decision, ledger: Ledger): Promise<boolean> {
  try {
    const done = writeRecord({ ...decision, state: 'done' } as Decision);
    const written = await replaceIfUnchanged(key, done, etag, ledger);
    return written.won || readDecision(written.text).state === 'done';
  } catch {
    return false;
  }
}

/** Somebody else may have committed it in the meantime, and have seen that it was. */
async function isDoneBySomebody(key: string, ledger: Ledger): Promise<'loaded' | 'undecided' | 'void'> {
  const found = await readText(key, ledger);
  const state = found && readDecision(found.text).state;
  return state === 'done' ? 'loaded' : state === 'void' ? 'void' : 'undecided';
}

async function voidCommitted(key: string, etag: string, ledger: Ledger): Promise<'loaded' | 'busy' | 'void'> {
  const written = await replaceIfUnchanged(key, writeRecord({ state: 'void' }), etag, ledger);
  if (written.won) return 'void';
  const { state } = readDecision(written.text);
  if (state === 'void') return 'void';
  return state === 'done' ? 'loaded' : 'busy';
}

/** Takes a decision about one's own batch. @out false: somebody made the batch void before; nothing of it may be committed */
export async function decide(batch: string, decision: Decision, ledger: Ledger): Promise<Written> {
  return putIfAbsent(decisionKey(batch), writeRecord(decision), ledger);
}

/** Decides to commit a prepared label, and commits it. */
export async function commitBatch(
  batch: string,
  label: string,
  table: TableId,
  ledger: Ledger,
): Promise<Exclude<Fate, 'loaded'> | Committed> {
  const { database, table: name } = table;
  const decision = { state: 'commit', label, database, table: name, atMs: ledger.clock.now() } as const;
  const written = await decide(batch, decision, ledger);
  if (!written.won) return 'void';
  const end = await finish(decisionKey(batch), written.etag, decision, table, ledger);
  // Somebody else has committed and noted it.
  return end === 'loaded' ? { noted: Promise.resolve(true) } : end;
}

/** Sends the pointer of a staged batch, again and again while SQS fails. */
export async function sendStaged(segment: Segment, ledger: Ledger): Promise<void> {
  await untilDeadline(ledger, async () => {
    await ledger.sendPointer(segment);
    return true;
  });
}

/** Gives up a batch of one's own: its chunks may be taken over. */
export async function voidBatch(batch: string, ledger: Ledger): Promise<void> {
  await decide(batch, { state: 'void' }, ledger);
}

/** What a person says of a batch that nobody else can tell of: its rows are in the table, or they are not. */
export type Assumption = 'loaded' | 'not-loaded';

/** The decision by which an assumption is written down. */
export const assumedDecision = (decision: Committing, assumption: Assumption): Decision =>
  assumption === 'loaded' ? { ...decision, state: 'done' } : { state: 'void' };

/**
 * Takes a person's word for a batch that was decided to be committed. Any other decision stays: it needs nobody's word.
 *
 * @out    the decision that stands then: the person's, unless somebody was faster; undefined: nothing was decided
 * @throws Error when S3 did not settle it before the deadline
 */
export async function assume(batch: string, assumption: Assumption, ledger: WriteDeps): Promise<Decision | undefined> {
  const key = decisionKey(batch);
  const found = await readText(key, ledger);
  if (found === undefined) return undefined;
  const decision = readDecision(found.text);
  if (decision.state !== 'commit') return decision;
  const assumed = assumedDecision(decision, assumption);
  const written = await replaceIfUnchanged(key, writeRecord(assumed), found.etag, ledger);
  return written.won ? assumed : readDecision(written.text);
}
