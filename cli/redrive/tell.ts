import { type Assumption, assumedDecision } from '../../src/ledger/ledger.ts';
import { decisionKey, writeRecord } from '../../src/ledger/records.ts';
import { type Known, type Standing, standingOf } from './known.ts';

/** What each standing means for a person. */
export const meaningOf: Readonly<Record<Standing, string>> = {
  undecided:
    'nobody can tell whether its rows are in the table; look there, then say --assume loaded or --assume not-loaded',
  committed: 'its rows are in the table; the next sweep takes the marker away',
  'at-work': 'its function may be at work',
  void: 'nothing of it is in the table; the next sweep rolls back what is left',
  'another-attempt': 'the batch was decided for another label; the next sweep rolls this one back',
  'not-told': 'StarRocks does not say what it knows; ask again when it answers',
  'to-be-settled': 'the next sweep commits it, or rolls it back',
};

const time = (ms: number) => new Date(ms).toISOString();

/** Lines for a person. */
export function describe(known: Known, nowMs: number): string {
  const { batch, label, database, table, decision, labelState } = known;
  const decided =
    decision === undefined ? 'none' : 'atMs' in decision ? `${decision.state}, ${time(decision.atMs)}` : decision.state;
  const told = typeof labelState === 'string' ? labelState : `not told: ${labelState.notTold}`;
  return Object.entries({
    batch,
    table: `${database}.${table}`,
    label,
    decision: decided,
    StarRocks: told,
    means: meaningOf[standingOf(known, nowMs)],
  })
    .map(([name, value]) => `${name.padEnd(10)}${value}`)
    .join('\n');
}

/** The object that is written when a person's word is taken. */
export function writingOf({ batch, decision }: Known, assumption: Assumption): string {
  if (decision?.state !== 'commit') throw new TypeError(`Batch ${batch} is not undecided.`);
  return `${decisionKey(batch)} = ${writeRecord(assumedDecision(decision, assumption))}`;
}
