/**
 * The transaction interface, one small call each. Which calls may be repeated decides everything here:
 *
 *   commit, rollback   idempotent: repeated until answered
 *   prepare            not: afterwards it answers TXN_NOT_EXISTS, so the label's state tells (PREPARED = it worked)
 *   begin, load        not: a lost answer is `unknown`, and the caller rolls back
 *
 * Load and prepare go to the backend that began the transaction, if it is known. Commit and rollback go to a frontend, which
 * knows the transaction also when that backend is gone.
 *
 * @source Stream Load reference §6.3
 */

import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { Body, Destination, StarRocksCall, TransactionName, TransactionResult, Transactions } from '../ports.ts';
import { type Answer, readAnswer } from './answers.ts';
import { Coordinators } from './coordinators.ts';
import { type ErrorLogDeps, errorLogOf } from './error-log.ts';
import { askLabelState, settleLabel } from './label-state.ts';
import { loadHeaders } from './load-headers.ts';
import { pollDelayMs } from './poll-delay.ts';
import { explainMissing } from './privileges.ts';
import { passes } from './refusal-codes.ts';

export interface TransactionDeps extends ErrorLogDeps {
  readonly clock: Clock;
  /** How long a commit waits until rows are visible; StarRocks' own 20 s, unless told. */
  readonly publishTimeoutMs?: number;
}

/** After a lost prepare the label is asked for so long: one that still says PREPARE then may as well be rolled back. */
const settlePrepareMs = 10_000;

type Command = Omit<StarRocksCall, keyof TransactionName>;

interface Deps extends TransactionDeps {
  readonly coordinators: Coordinators;
}

export function createTransactions(given: TransactionDeps): Transactions {
  const deps: Deps = { ...given, coordinators: new Coordinators() };
  return {
    begin: (name, table, timeoutS) =>
      call(deps, name, { operation: 'begin', table, headers: { timeout: String(timeoutS) } }),
    load: (name, destination, body) => call(deps, name, loadCommand(deps, name, destination, body)),
    prepare: (name, preparedTimeoutS) => prepare(deps, name, preparedTimeoutS),
    commit: (name) => commit(deps, name),
    rollback: (name) => rollback(deps, name),
    labelState: (name) => askLabelState(deps.send, name),
  };
}

function loadCommand(
  { clock, coordinators }: Deps,
  name: TransactionName,
  destination: Destination,
  body: Body,
): Command {
  // The time is a matter of begin; all loads of a transaction must carry the same headers.
  const { timeout: _, ...headers } = loadHeaders(destination, (name.deadlineMs - clock.now()) / 1_000);
  return { operation: 'load', table: destination.table, headers, body, ...coordinators.of(name.label) };
}

async function prepare(deps: Deps, name: TransactionName, preparedTimeoutS?: number): Promise<TransactionResult> {
  const headers = preparedTimeoutS === undefined ? {} : { prepared_timeout: String(preparedTimeoutS) };
  const result = await call(deps, name, { operation: 'prepare', headers, ...deps.coordinators.of(name.label) });
  if (result.state !== 'unknown' && result.state !== 'not-exists') return result;
  const deadlineMs = Math.min(name.deadlineMs, deps.clock.now() + settlePrepareMs);
  const settled = await settleLabel(deps.send, deps.clock, { ...name, deadlineMs }, { preparedSettles: true });
  switch (settled) {
    case 'prepared':
    case 'committed':
    case 'visible':
      return { state: 'ok' };
    case 'aborted':
      return { state: 'aborted', message: result.message };
    case 'never-begun':
      return { state: 'not-exists', message: result.message };
    default:
      return { state: 'unknown', message: result.message };
  }
}

/** Whatever else commit answers, the label's state has the last word: FAILED may mean "committed, not visible yet". */
async function commit(deps: Deps, name: TransactionName): Promise<TransactionResult> {
  return repeat(deps, name, 'commit', async (result) => {
    if (result.state === 'ok' || result.state === 'aborted') return result;
    const state = await askOnce(deps, name);
    if (state === 'VISIBLE' || state === 'COMMITTED') return { state: 'ok' };
    if (state === 'ABORTED') return { state: 'aborted', message: messageOf(result) };
    if (state === 'UNKNOWN' && result.state === 'not-exists') return result;
    return isFinal(result) && result.state !== 'not-exists' ? result : undefined;
  });
}

async function rollback(deps: Deps, name: TransactionName): Promise<TransactionResult> {
  return repeat(deps, name, 'rollback', async (result) => (isFinal(result) ? result : undefined));
}

/** Repeats an idempotent command until `judge` has a result, or the deadline comes. */
async function repeat(
  deps: Deps,
  name: TransactionName,
  operation: 'commit' | 'rollback',
  judge: (result: TransactionResult) => Promise<TransactionResult | undefined>,
): Promise<TransactionResult> {
  deps.coordinators.forget(name.label);
  const waitMs = operation === 'commit' ? deps.publishTimeoutMs : undefined;
  const headers = waitMs === undefined ? {} : { timeout: String(Math.max(1, Math.ceil(waitMs / 1000))) };
  for (let attempt = 0; ; attempt += 1) {
    const result = await call(deps, name, { operation, headers }).catch(unreachable);
    const settled = await judge(result);
    if (settled !== undefined) return settled;
    const delayMs = pollDelayMs(attempt, deps.clock);
    if (deps.clock.now() + delayMs >= name.deadlineMs) return { state: 'unknown', message: messageOf(result) };
    await deps.clock.sleep(delayMs);
  }
}

/** An earlier try may have arrived, so that no one can be reached now settles nothing. */
function unreachable(error: unknown): TransactionResult {
  const passes = ['STARROCKS_UNREACHABLE', 'BACKEND_UNREACHABLE', 'DEADLINE_NEAR'];
  if (error instanceof SinkError && passes.includes(error.code)) return { state: 'unknown', message: error.detail };
  throw error;
}

/** A result that repeating the command will not change. */
function isFinal(result: TransactionResult): boolean {
  if (result.state === 'refused') return !passes(result.kind);
  return result.state !== 'unknown' && result.state !== 'in-processing';
}

function messageOf(result: TransactionResult): string {
  return 'message' in result ? result.message : '';
}

async function askOnce(deps: Deps, name: TransactionName) {
  return askLabelState(deps.send, name).catch(() => undefined);
}

/** Sends one command. While another call on the transaction is in processing nothing happens, so it is sent again. */
async function call(deps: Deps, name: TransactionName, command: Command): Promise<TransactionResult> {
  for (let attempt = 0; ; attempt += 1) {
    const result = await callOnce(deps, name, command);
    const delayMs = pollDelayMs(attempt, deps.clock);
    if (result.state !== 'in-processing' || deps.clock.now() + delayMs >= name.deadlineMs) return result;
    await deps.clock.sleep(delayMs);
  }
}

async function callOnce(deps: Deps, name: TransactionName, command: Command): Promise<TransactionResult> {
  try {
    const reply = await deps.send({ ...name, ...command });
    const answer = readAnswer(command.operation, reply);
    const result = readResult(command.operation, answer);
    const hasBegun = command.operation === 'begin' && result.state === 'ok';
    if (hasBegun && reply.backend !== undefined) deps.coordinators.met(name.label, reply.backend);
    if (result.state !== 'refused') return result;
    switch (result.kind) {
      case 'data':
        return { ...result, ...(await errorLogOf(deps, answer, name.deadlineMs)) };
      case 'privilege':
        return { ...result, message: explainMissing(result.message, { ...name, ...command, user: answer.user }) };
      default:
        return result;
    }
  } catch (error) {
    if (error instanceof SinkError && error.code === 'ANSWER_LOST') return { state: 'unknown', message: error.detail };
    throw error;
  }
}

function readResult(operation: StarRocksCall['operation'], answer: Answer): TransactionResult {
  const { verdict, existing, message, txnId, counts } = answer;
  switch (verdict) {
    case 'done':
    case 'loaded':
      return { state: 'ok', ...(txnId === undefined ? {} : { txnId }), ...(counts === undefined ? {} : { counts }) };
    case 'running':
      return operation === 'begin' ? { state: 'already-exists', existing, message } : { state: 'unknown', message };
    case 'finished':
      return { state: 'already-exists', existing: 'finished', message };
    case 'busy':
      return { state: 'in-processing', message };
    case 'aborted':
    case 'not-exists':
    case 'unknown':
      return { state: verdict, message };
    default:
      return { state: 'refused', kind: verdict, message };
  }
}
