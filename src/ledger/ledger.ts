/**
 * Who may commit a chunk, written down in S3 so that it is settled once.
 *
 *   chunk ──claim──▶ batch ──decision──▶ what became of it
 *
 * A worker makes up a batch B and claims its chunks: `claims/<table>/<chunk>` = B, written only if absent. When StarRocks
 * has prepared exactly the rows of the chunks that B claimed, the worker decides: `decisions/B` = commit L, only if absent.
 * That write is the moment at which the batch happens; then L is committed, and the decision marked done.
 *
 * A decision only moves so, and each move is one conditional write with one winner:
 *
 *   (absent) ─▶ commit L ─▶ done L          by the worker, or by whoever finds the chunk later
 *      │            └─────▶ void            StarRocks has aborted L
 *      ├─────▶ staged S                     the batch is a segment now, and travels on as a pointer
 *      └─────▶ void                         given up, by its worker, or by somebody who waited long enough
 *
 * A claim moves only away from a void batch: B → B', only if unchanged. So a chunk's rows are in one committed batch only.
 * No clock is needed for that; ages only say when to stop waiting for somebody else. Nobody rolls back a label of a batch
 * that is not its own.
 */
import type { TableId, TransactionResult } from '../ports.ts';
import type { Segment } from '../rows/segment.ts';
import {
  putIfAbsent,
  readText,
  replaceIfUnchanged,
  untilDeadline,
  type WriteDeps,
  type Written,
} from './conditional-writes.ts';
import { type Claim, claimKey, type Decision, decisionKey, readClaim, readDecision, writeRecord } from './records.ts';

/** The ledger as one run uses it. */
export interface Ledger extends WriteDeps {
  /** Commits a label that a decision names; may be repeated. */
  readonly commit: (database: string, label: string) => Promise<TransactionResult>;
  /** Sends the pointer of a segment; may be repeated. */
  readonly sendPointer: (segment: Segment) => Promise<void>;
  /** A claim without a decision is left alone for as long as its worker may still be running. */
  readonly longestRunMs: number;
  /** While a decision is younger, StarRocks cannot have dropped its prepared transaction. */
  readonly preparedForMs: number;
}

/**
 * What a claim came to. `mine`: the chunk belongs to the batch. `loaded`: its rows are committed, or will be: ack.
 * `busy`: somebody is at work: give the message back. `undecided`: nobody can tell: a person must look.
 */
export type ClaimResult = 'mine' | 'loaded' | 'busy' | 'undecided';

/**
 * Claims one chunk for a batch, and resolves whatever batch holds it already.
 *
 * @throws Error when S3 or StarRocks did not answer in time: the chunk may be claimed, so the batch must be made void
 */
export async function claimChunk(batch: string, table: TableId, chunkId: string, deps: Ledger): Promise<ClaimResult> {
  const key = claimKey(table, chunkId);
  const mine = writeRecord({ batch, atMs: deps.clock.now() });
  let written = await putIfAbsent(key, mine, deps);
  while (!written.won) {
    const claim = readClaim(written.text);
    if (claim.batch === batch) return 'mine';
    const fate = await resolveBatch(claim, table, deps);
    if (fate !== 'void') return fate;
    written = await replaceIfUnchanged(key, mine, written.etag, deps);
  }
  return 'mine';
}

/** Finds out what becomes of a batch that somebody else made, and helps it to its end. */
async function resolveBatch(
  claim: Claim,
  table: TableId,
  deps: Ledger,
): Promise<'loaded' | 'busy' | 'undecided' | 'void'> {
  const key = decisionKey(claim.batch);
  let found = await readText(key, deps);
  if (found === undefined) {
    if (deps.clock.now() - claim.atMs <= deps.longestRunMs) return 'busy';
    const written = await putIfAbsent(key, writeRecord({ state: 'void' }), deps);
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
      await sendStaged(decision.segment, deps);
      return 'loaded';
    case 'commit':
      return finish(key, found.etag, decision, table, deps);
  }
}

/** Carries out a decision to commit: the worker that took it, and anyone who finds it, does the same. */
async function finish(
  key: string,
  etag: string,
  decision: Decision & { state: 'commit' | 'done' },
  { database }: TableId,
  deps: Ledger,
): Promise<'loaded' | 'busy' | 'undecided' | 'void'> {
  const result = await deps.commit(database, decision.label);
  switch (result.state) {
    case 'ok':
      await markDone(key, etag, decision, deps);
      return 'loaded';
    case 'aborted':
      return voidCommitted(key, etag, deps);
    case 'not-exists': {
      // A prepared transaction is journaled, so one that StarRocks does not know was committed and then forgotten.
      if (deps.clock.now() - decision.atMs >= deps.preparedForMs) return 'undecided';
      await markDone(key, etag, decision, deps);
      return 'loaded';
    }
    default:
      return 'busy';
  }
}

/** Only a note for whoever comes later: the rows are committed whether or not it is written. */
async function markDone(key: string, etag: string, decision: Decision, deps: Ledger): Promise<void> {
  await replaceIfUnchanged(key, writeRecord({ ...decision, state: 'done' } as Decision), etag, deps).catch(
    () => undefined,
  );
}

async function voidCommitted(key: string, etag: string, deps: Ledger): Promise<'loaded' | 'busy' | 'void'> {
  const written = await replaceIfUnchanged(key, writeRecord({ state: 'void' }), etag, deps);
  if (written.won) return 'void';
  const { state } = readDecision(written.text);
  if (state === 'void') return 'void';
  return state === 'done' ? 'loaded' : 'busy';
}

/** Takes a decision about one's own batch. @out false: somebody made the batch void before; nothing of it may be committed */
export async function decide(batch: string, decision: Decision, deps: Ledger): Promise<Written> {
  return putIfAbsent(decisionKey(batch), writeRecord(decision), deps);
}

/** Decides to commit a prepared label, and commits it. */
export async function commitBatch(
  batch: string,
  label: string,
  table: TableId,
  deps: Ledger,
): Promise<'loaded' | 'busy' | 'undecided' | 'void'> {
  const decision = { state: 'commit', label, atMs: deps.clock.now() } as const;
  const written = await decide(batch, decision, deps);
  return written.won ? finish(decisionKey(batch), written.etag, decision, table, deps) : 'void';
}

/** Sends the pointer of a staged batch, again and again while SQS fails. */
export async function sendStaged(segment: Segment, deps: Ledger): Promise<void> {
  await untilDeadline(deps, async () => {
    await deps.sendPointer(segment);
    return true;
  });
}

/** Gives up a batch of one's own: its chunks may be taken over. */
export async function voidBatch(batch: string, deps: Ledger): Promise<void> {
  await decide(batch, { state: 'void' }, deps);
}
