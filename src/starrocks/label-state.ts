import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { LabelState, SendToStarRocks, TransactionName } from '../ports.ts';
import { readAnswer } from './answers.ts';
import { pollDelayMs } from './poll-delay.ts';
import { explainMissing } from './privileges.ts';

const states: readonly LabelState[] = ['UNKNOWN', 'PREPARE', 'PREPARED', 'COMMITTED', 'VISIBLE', 'ABORTED'];
/** One question may take this long; a leader change must not eat the time of the next one. */
const longestQuestionMs = 10_000;
/** UNKNOWN is believed when it has been said this often: right after a lost answer, begin may still be on its way. */
const unknownsBelieved = 3;

/**
 * Asks StarRocks what became of a label. UNKNOWN: never begun, lost with the leader frontend, or forgotten.
 *
 * @throws SinkError as SendToStarRocks does; STARROCKS_ACCESS_DENIED, STARROCKS_PRIVILEGE_MISSING, STARROCKS_CONFIGURATION,
 *         STARROCKS_TRANSIENT: the answer holds no state
 */
export async function askLabelState(send: SendToStarRocks, name: TransactionName): Promise<LabelState> {
  const answer = readAnswer('get_load_state', await send({ operation: 'get_load_state', ...name }));
  const state = states.find((known) => known === answer.labelState);
  if (answer.verdict === 'done' && state !== undefined) return state;
  if (answer.verdict === 'access') throw new SinkError('STARROCKS_ACCESS_DENIED', answer.message);
  if (answer.verdict === 'privilege') {
    throw new SinkError('STARROCKS_PRIVILEGE_MISSING', explainMissing(answer.message, { ...name, user: answer.user }));
  }
  if (answer.verdict === 'configuration') throw new SinkError('STARROCKS_CONFIGURATION', answer.message);
  throw new SinkError('STARROCKS_TRANSIENT', `The state of label ${name.label} is not told: ${answer.message}`);
}

/** What polling a label came to. `open`: the deadline came first. */
export type Settled = 'committed' | 'visible' | 'aborted' | 'never-begun' | 'prepared' | 'open';

/**
 * Asks until the label's state says whether its load happened, or until the deadline. Questions that fail are asked again.
 *
 * @throws SinkError STARROCKS_ACCESS_DENIED, STARROCKS_PRIVILEGE_MISSING, STARROCKS_CONFIGURATION, NAME_INVALID,
 *         REDIRECT_REFUSED: asking again does not help
 */
export async function settleLabel(
  send: SendToStarRocks,
  clock: Clock,
  name: TransactionName,
  options: { readonly preparedSettles: boolean } = { preparedSettles: false },
): Promise<Settled> {
  let unknowns = 0;
  for (let attempt = 0; ; attempt += 1) {
    const delayMs = pollDelayMs(attempt, clock);
    if (clock.now() + delayMs >= name.deadlineMs) return 'open';
    await clock.sleep(delayMs);
    const state = await askOrGiveUp(send, clock, name);
    if (state === 'VISIBLE') return 'visible';
    if (state === 'COMMITTED') return 'committed';
    if (state === 'ABORTED') return 'aborted';
    if (state === 'PREPARED' && options.preparedSettles) return 'prepared';
    unknowns = state === 'UNKNOWN' ? unknowns + 1 : 0;
    if (unknowns >= unknownsBelieved) return 'never-begun';
  }
}

const passing = new Set([
  'STARROCKS_UNREACHABLE',
  'BACKEND_UNREACHABLE',
  'ANSWER_LOST',
  'STARROCKS_TRANSIENT',
  'DEADLINE_NEAR',
]);

/** The state, or undefined when the question failed for a reason that passes. */
async function askOrGiveUp(
  send: SendToStarRocks,
  clock: Clock,
  name: TransactionName,
): Promise<LabelState | undefined> {
  const deadlineMs = Math.min(name.deadlineMs, clock.now() + longestQuestionMs);
  try {
    return await askLabelState(send, { ...name, deadlineMs });
  } catch (error) {
    if (error instanceof SinkError && passing.has(error.code)) return undefined;
    throw error;
  }
}
