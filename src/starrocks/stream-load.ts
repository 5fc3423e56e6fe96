/**
 * One batch, one label, one load — whatever gets lost on the way.
 *
 *   send ─▶ loaded ────────────────────────────────────▶ loaded
 *     ▲ └─▶ data, configuration, throttled, memory … ──▶ refused
 *     │ └─▶ transient, backend unreachable ──▶ wait ──┐
 *     │ └─▶ running, unknown, answer lost ──▶ ask the label's state
 *     │                                         ├─ committed, visible ─▶ loaded (already)
 *     │                                         ├─ still open ─────────▶ ask again, until the deadline: unknown
 *     └──────────── the same label ◀────────────┴─ aborted, never begun
 *
 * The label never changes: StarRocks refuses it while a load under it is alive or done, and takes it again once aborted.
 */

import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { loadBackoff, waitMs } from '../kit/retry.ts';
import type { LoadRequest, LoadResult, StarRocks } from '../ports.ts';
import { type Answer, readAnswer } from './answers.ts';
import { type ErrorLogDeps, errorLogOf } from './error-log.ts';
import { askLabelState, settleLabel } from './label-state.ts';
import { loadHeaders } from './load-headers.ts';
import { explainMissing } from './privileges.ts';

/** StarRocks gives up this much before the deadline, so that there is time to ask what became of the label. */
const reserveMs = 2_000;
const leastLoadMs = 1_000;

export interface StarRocksDeps extends ErrorLogDeps {
  readonly clock: Clock;
  /** How often a load is sent again under its label. */
  readonly maxRetries: number;
}

/** One attempt that did not settle the load. `open`: only the label's state can tell. */
interface Unsettled {
  readonly open: boolean;
  readonly message: string;
  /** Thrown when no attempt is left; the failure concerns more than this load. */
  readonly error?: SinkError;
  /** With merge commit the server loads under a label of its own. */
  readonly label?: string;
}

/**
 * @throws from `load`: SinkError STARROCKS_UNREACHABLE, BACKEND_UNREACHABLE (retries included), REDIRECT_REFUSED,
 *         DEADLINE_NEAR (nothing was sent), NAME_INVALID, OPTIONS_INVALID; what the body throws. Nothing is loaded then,
 *         except that a lost earlier attempt is always resolved first
 */
export function createStarRocks(deps: StarRocksDeps): StarRocks {
  return { load: (request) => load(deps, request) };
}

async function load(deps: StarRocksDeps, request: LoadRequest): Promise<LoadResult> {
  const { clock, maxRetries } = deps;
  if (!hasTime(clock, request, 0)) {
    throw new SinkError('DEADLINE_NEAR', `${request.deadlineMs - clock.now()} ms are left.`);
  }
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await tryOnce(deps, request);
    if ('state' in outcome) return outcome;
    const settled = outcome.open ? await settle(deps, request, outcome) : 'aborted';
    if (typeof settled === 'object') return settled;

    const delayMs = waitMs(loadBackoff, attempt + 1, clock.random());
    if (attempt >= maxRetries || !hasTime(clock, request, delayMs)) return giveUp(outcome, settled);
    await clock.sleep(delayMs);
  }
}

function hasTime(clock: Clock, request: LoadRequest, delayMs: number): boolean {
  return clock.now() + delayMs + leastLoadMs + reserveMs <= request.deadlineMs;
}

function giveUp({ error, message }: Unsettled, settled: 'aborted' | 'never-begun'): LoadResult {
  if (error !== undefined) throw error;
  // A load that was sent and that StarRocks has no memory of may yet begin: only ABORTED is proof.
  if (settled === 'never-begun') return { state: 'unknown', message };
  return { state: 'refused', kind: 'transient', message };
}

async function tryOnce(deps: StarRocksDeps, request: LoadRequest): Promise<LoadResult | Unsettled> {
  const { send, clock } = deps;
  const { destination, label, body, deadlineMs } = request;
  const timeoutS = (deadlineMs - reserveMs - clock.now()) / 1_000;
  try {
    const reply = await send({
      operation: 'stream_load',
      database: destination.database,
      table: destination.table,
      label,
      headers: loadHeaders(destination, timeoutS),
      body,
      deadlineMs: deadlineMs - reserveMs / 2,
    });
    return await judge(deps, request, readAnswer('stream_load', reply));
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    if (error.code === 'ANSWER_LOST') return { open: true, message: error.detail };
    if (error.code === 'BACKEND_UNREACHABLE' || error.code === 'STARROCKS_UNREACHABLE') {
      return { open: false, message: error.detail, error };
    }
    throw error;
  }
}

async function judge(deps: StarRocksDeps, request: LoadRequest, answer: Answer): Promise<LoadResult | Unsettled> {
  const { verdict, message } = answer;
  switch (verdict) {
    case 'loaded':
      return answer.visible || answer.already ? loaded(request, answer) : await checkPublished(deps, request, answer);
    case 'done':
    case 'running':
    case 'busy':
    case 'finished':
    case 'unknown':
      return { open: true, message, ...(answer.label === undefined ? {} : { label: answer.label }) };
    case 'transient':
    case 'aborted':
    case 'not-exists':
      return { open: false, message };
    case 'data':
      return { state: 'refused', kind: verdict, message, ...(await errorLogOf(deps, answer, request.deadlineMs)) };
    case 'privilege': {
      const attempted = { ...request.destination, user: answer.user };
      return { state: 'refused', kind: verdict, message: explainMissing(message, attempted) };
    }
    default:
      return { state: 'refused', kind: verdict, message };
  }
}

function loaded(request: LoadRequest, answer: Answer): LoadResult {
  const { counts, txnId, visible, already } = answer;
  return {
    state: 'loaded',
    visible,
    already,
    ...(already || txnId === undefined ? {} : { txnId }),
    ...(already || counts === undefined ? {} : { counts }),
    ...(!already && counts !== undefined && counts.total !== request.rows ? { miscounted: true as const } : {}),
  };
}

/** `Publish Timeout` means COMMITTED, which is final. One question finds out if it is visible by now, or a lie. */
async function checkPublished(
  deps: StarRocksDeps,
  request: LoadRequest,
  answer: Answer,
): Promise<LoadResult | Unsettled> {
  const result = loaded(request, answer);
  const { database } = request.destination;
  const label = isMergeCommit(request) ? answer.label : request.label;
  if (result.state !== 'loaded' || label === undefined) return result;
  const state = await askLabelState(deps.send, { database, label, deadlineMs: request.deadlineMs }).catch(
    () => undefined,
  );
  if (state === 'ABORTED') return { open: false, message: answer.message };
  return state === 'VISIBLE' ? { ...result, visible: true } : result;
}

/** Asks the label's state until it is clear; the result, or why the same label may be sent again. */
async function settle(
  { send, clock }: StarRocksDeps,
  request: LoadRequest,
  { label, message }: Unsettled,
): Promise<LoadResult | 'aborted' | 'never-begun'> {
  const { deadlineMs, destination } = request;
  const asked = isMergeCommit(request) ? label : request.label;
  if (asked === undefined) return { state: 'unknown', message };
  const settled = await settleLabel(send, clock, { database: destination.database, label: asked, deadlineMs });
  switch (settled) {
    case 'visible':
    case 'committed':
      return { state: 'loaded', visible: settled === 'visible', already: true };
    case 'aborted':
    case 'never-begun':
      return settled;
    default:
      return { state: 'unknown', message };
  }
}

/** Merge commit only echoes the label that was sent. @source Stream Load reference §4 */
function isMergeCommit({ destination }: LoadRequest): boolean {
  return destination.headers['enable_merge_commit']?.trim().toLowerCase() === 'true';
}
