import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { mapLimited } from '../../src/kit/map-limited.ts';
import { readText, type WriteDeps } from '../../src/ledger/conditional-writes.ts';
import { type Decision, decisionKey, type InDoubt, readDecision, readInDoubt } from '../../src/ledger/records.ts';
import type { LabelState, Transactions } from '../../src/ports.ts';

/** All that is known of a transaction in doubt. */
export interface Known {
  readonly batch: string;
  readonly label: string;
  readonly database: string;
  readonly table: string;
  /** Until when its worker may be at work. */
  readonly untilMs: number;
  /** Absent when nothing was decided. */
  readonly decision: Decision | undefined;
  /** What StarRocks says of the label, or why it says nothing. */
  readonly labelState: LabelState | { readonly notTold: string };
}

export interface KnownDeps {
  readonly ledger: WriteDeps;
  readonly transactions: Pick<Transactions, 'labelState'>;
}

const mostMarkers = 10_000;
const parallelQuestions = 8;

/** Everything that is in doubt, or all that is known of one batch, also where its marker is gone. */
export async function findInDoubt(batch: string | undefined, deps: KnownDeps): Promise<readonly Known[]> {
  const marked = await findMarked(batch, deps);
  if (batch === undefined || marked.some(({ decision, label }) => isOf(label, decision))) return marked;
  const decided = await readText(decisionKey(batch), deps.ledger);
  const decision = decided && readDecision(decided.text);
  if (decision === undefined || !('label' in decision)) return marked;
  const { label, database = '', table = '' } = decision;
  return [...marked, await learn({ batch, label, database, table, untilMs: decision.atMs }, deps)];
}

const isOf = (label: string, decision: Decision | undefined) =>
  decision !== undefined && 'label' in decision && decision.label === label;

async function findMarked(batch: string | undefined, deps: KnownDeps): Promise<readonly Known[]> {
  const { ledger } = deps;
  const keys = await ledger.objects.list(bucketPrefixes.inDoubt, mostMarkers);
  // A label is its batch and the number of the attempt.
  const wanted = keys.filter(
    (key) => batch === undefined || key.slice(key.lastIndexOf('/') + 1).startsWith(`${batch}-`),
  );
  const found = await mapLimited(wanted, parallelQuestions, async (key) => {
    const marker = await readText(key, ledger);
    return marker && learn(readInDoubt(marker.text), deps);
  });
  return found.filter((known) => known !== undefined && (batch === undefined || known.batch === batch)) as Known[];
}

async function learn(marker: InDoubt, { ledger, transactions }: KnownDeps): Promise<Known> {
  const { batch, label, database, table, untilMs } = marker;
  const [decided, labelState] = await Promise.all([
    readText(decisionKey(batch), ledger),
    transactions
      .labelState({ database, label, deadlineMs: ledger.deadlineMs })
      .catch((error: unknown) => ({ notTold: error instanceof Error ? error.message : String(error) })),
  ]);
  return { batch, label, database, table, untilMs, decision: decided && readDecision(decided.text), labelState };
}

export type Standing =
  | 'undecided'
  | 'committed'
  | 'at-work'
  | 'void'
  | 'another-attempt'
  | 'not-told'
  | 'to-be-settled';

/** What it means. Only `undecided` waits for a person; the sweep sees to the others. */
export function standingOf({ label, decision, labelState, untilMs }: Known, nowMs: number): Standing {
  if (decision === undefined) return nowMs <= untilMs ? 'at-work' : 'to-be-settled';
  if (decision.state === 'void') return 'void';
  if (decision.state === 'staged' || decision.label !== label) return 'another-attempt';
  if (decision.state === 'done') return 'committed';
  if (typeof labelState === 'object') return 'not-told';
  return labelState === 'UNKNOWN' ? 'undecided' : 'to-be-settled';
}
