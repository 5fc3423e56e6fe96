import type { Journal } from './journal.ts';
import type { Portion } from './outgoing.ts';
import { forgetLines, type PlanDeps, planPortion, readPlan, sweepLines } from './plan.ts';
import { type SendDeps, sendChunks } from './send-chunks.ts';
import type { Plan } from './state.ts';

export interface PumpDeps extends PlanDeps, SendDeps {
  /** Resolves when the queue has room, or at the signal. */
  readonly room: (until: AbortSignal) => Promise<void>;
  /** Told of rows that the queue has taken. */
  readonly sent?: (rows: number) => void;
}

/** Gives what a source holds from a place on; ends when the signal says so, or when there is no more. */
export type Portions<Place> = (from: Place, until: AbortSignal) => AsyncIterable<Portion<Place>>;

/**
 * Brings everything from a source to the queue: plan, send, plan, … While one portion is sent the next is gathered, and no more.
 *
 * @in     until: nothing more is gathered; what is planned is sent to its end
 * @throws SinkError SOURCE_FENCED, SEND_FAILED; what the source throws, when all before it is in the queue
 */
export async function pump<Place>(
  journal: Journal<Place>,
  portions: Portions<Place>,
  until: AbortSignal,
  deps: PumpDeps,
): Promise<void> {
  const take = async (plan: Plan<Place>, rows: () => ReturnType<typeof readPlan>, committedMs?: number) => {
    await sendChunks(await rows(), deps);
    const count = plan.chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    journal.note((state) => ({
      ...{ place: plan.next, plan: undefined, rows: state.rows + count },
      committedMs: committedMs ?? state.committedMs,
    }));
    deps.sent?.(count);
    return plan;
  };
  await sweepLines(journal.state, deps);
  const { plan: open } = journal.state;
  let behind: Plan<Place> | undefined = open && (await take(open, () => readPlan(open, deps)));
  let sending: Promise<Plan<Place> | undefined> = Promise.resolve(behind);
  const stop = AbortSignal.any([until, journal.fenced]);
  try {
    for await (const portion of portions(journal.state.place, stop)) {
      if (portion.chunks.length === 0) {
        behind = await sending;
        journal.note((state) => ({ place: portion.next, committedMs: portion.committedMs ?? state.committedMs }));
        continue;
      }
      await deps.room(stop);
      const { plan, chunks } = await planPortion(portion, journal.state, deps);
      behind = await sending;
      await journal.write(() => ({ plan, plans: plan.number, stop: undefined }));
      if (behind) await forgetLines(behind, deps);
      sending = take(plan, async () => chunks, portion.committedMs);
      // It is awaited before the next plan, or at the end.
      sending.catch(() => undefined);
    }
  } finally {
    behind = await sending;
  }
  await journal.write(() => ({}));
  if (behind) await forgetLines(behind, deps);
}
