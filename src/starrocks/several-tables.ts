/**
 * Loads into several tables of a database in one transaction, so that their rows become visible at once.
 *
 *   begin L ─▶ load each table ─▶ commit ─▶ loaded
 *     │           └─ refused ─▶ roll back: nothing is in            ┌─ visible, committed ─▶ loaded
 *     │                                      └─ answer lost, failed ─▶ ask the label's state ─┼─ aborted ─▶ refused
 *     └─ L is used ─▶ its state: loaded already · aborted: L-2, since such a label is never free again · open: unknown
 *
 * There is no prepare, and nobody tells how many rows were read.
 *
 * @source Stream Load reference §6.4
 */
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { LoadResult, SendToStarRocks, SeveralTables, StarRocksCall, TablesRequest } from '../ports.ts';
import { type Answer, type AnswerVerdict, readAnswer } from './answers.ts';
import { askLabelState, settleLabel } from './label-state.ts';
import { loadHeaders } from './load-headers.ts';

export interface SeveralTablesDeps {
  readonly send: SendToStarRocks;
  readonly clock: Clock;
  /** @throws SinkError: StarRocks has no such transactions, or does not say */
  readonly requireRelease: (deadlineMs: number) => Promise<void>;
}

const severalTables = { transaction_type: 'multi' };
/** So often one and the same batch can have failed before. */
const mostAttempts = 20;
/** StarRocks gives up this much before the deadline, so that there is time to ask what became of the label. */
const reserveMs = 2000;

export const createSeveralTables = (deps: SeveralTablesDeps): SeveralTables => ({
  async load(request) {
    await deps.requireRelease(request.deadlineMs);
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const label = attempt === 1 ? request.label : `${request.label}-${attempt}`;
      const result = await loadUnder(label, request, deps);
      if (result !== 'label is spent') return result;
    }
    return { state: 'unknown', message: `${mostAttempts} labels of this batch were aborted.` };
  },
});

async function loadUnder(
  label: string,
  { database, parts, deadlineMs }: TablesRequest,
  { send, clock }: SeveralTablesDeps,
): Promise<LoadResult | 'label is spent'> {
  const name = { database, label, deadlineMs };
  const command = async (operation: StarRocksCall['operation'], call: Partial<StarRocksCall> = {}) => {
    const headers = { ...call.headers, ...severalTables };
    return readAnswer(operation, await send({ ...name, ...call, operation, headers }));
  };
  const timeoutS = Math.max(1, Math.floor((deadlineMs - reserveMs - clock.now()) / 1000));
  const begun = await command('begin', { headers: { timeout: String(timeoutS) } }).catch(lostAnswer);
  if (begun === undefined) return { state: 'unknown', message: 'The answer of begin was lost.' };
  if (begun.verdict === 'running') return stateOfUsed(send, name);
  if (begun.verdict !== 'done') return refusalOf(begun);
  const rollBack = () => command('rollback').catch(() => undefined);
  try {
    for (const { destination, body } of parts) {
      const { timeout: _, ...headers } = loadHeaders(destination, timeoutS);
      const loaded = await command('load', { table: destination.table, headers, body });
      if (loaded.verdict === 'done') continue;
      await rollBack();
      return refusalOf(loaded);
    }
  } catch (error) {
    // What is not committed is not in, whatever became of the body.
    await rollBack();
    if (lostAnswer(error) === undefined) return { state: 'refused', kind: 'transient', message: 'An answer was lost.' };
  }
  const committed = await command('commit').catch(lostAnswer);
  if (committed?.verdict === 'loaded') return { state: 'loaded', visible: committed.visible, already: false };
  return settle(committed, name, { send, clock });
}

/** @throws what is no lost answer */
function lostAnswer(error: unknown): undefined {
  if (error instanceof SinkError && error.code === 'ANSWER_LOST') return undefined;
  throw error;
}

type Name = Parameters<typeof askLabelState>[1];

/** Also a begin whose answer was lost used the label: its transaction holds nothing, and ends by its time. */
async function stateOfUsed(send: SendToStarRocks, name: Name): Promise<LoadResult | 'label is spent'> {
  const state = await askLabelState(send, name);
  if (state === 'VISIBLE' || state === 'COMMITTED')
    return { state: 'loaded', visible: state === 'VISIBLE', already: true };
  if (state === 'ABORTED') return 'label is spent';
  return { state: 'unknown', message: `Label ${name.label} is in use: ${state}.` };
}

async function settle(
  committed: Answer | undefined,
  name: Name,
  { send, clock }: Pick<SeveralTablesDeps, 'send' | 'clock'>,
): Promise<LoadResult> {
  const settled = await settleLabel(send, clock, name);
  const message = committed?.message ?? 'The answer of commit was lost.';
  switch (settled) {
    case 'visible':
    case 'committed':
      return { state: 'loaded', visible: settled === 'visible', already: false };
    case 'aborted':
      return committed ? refusalOf(committed) : { state: 'refused', kind: 'transient', message };
    default:
      return { state: 'unknown', message };
  }
}

const kinds: readonly AnswerVerdict[] = ['data', 'configuration', 'access', 'privilege', 'throttled', 'memory'];

function refusalOf({ verdict, message, errorUrl }: Answer): LoadResult {
  const isRowsFault = /Failed to load table .*(?:abnormal data|No rows were imported|tracking_url)/s.test(message);
  const kind = isRowsFault ? 'data' : kinds.includes(verdict) ? verdict : 'transient';
  return {
    ...{ state: 'refused', kind: kind as 'data', message },
    ...(errorUrl === undefined ? {} : { errorLog: errorUrl }),
  };
}
