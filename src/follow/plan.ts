import type { ObjectStore } from '../object-store.ts';
import type { Portion } from './outgoing.ts';
import { type FollowState, linesFolder, type Plan, type PlannedChunk } from './state.ts';

/** More than this stands in an object of its own: the state is written more often than plans are. */
const mostTextBytes = 64 * 1024;
const mostLeft = 1000;

/** A chunk of a plan, with its rows. */
export type PlannedRows = PlannedChunk & { readonly lines: readonly string[] };

/** A plan that may be written, and its rows. */
export interface Planned<Place> {
  readonly plan: Plan<Place>;
  readonly chunks: readonly PlannedRows[];
}

export interface PlanDeps {
  readonly source: string;
  readonly objects: Pick<ObjectStore, 'putBody' | 'open' | 'delete' | 'list'>;
  readonly nowMs: () => number;
}

/**
 * Gives the chunks of a portion their names, and keeps their rows, in the plan or beside it.
 *
 * @out    every chunk id begins with the time of the plan, so that the chunks of one moment are claimed together
 * @throws Error: the rows could not be kept
 */
export async function planPortion<Place>(
  portion: Portion<Place>,
  { epoch, run, plans }: Pick<FollowState<Place>, 'epoch' | 'run' | 'plans'>,
  { source, objects, nowMs }: PlanDeps,
): Promise<Planned<Place>> {
  const number = plans + 1;
  const stamp = String(nowMs()).padStart(13, '0');
  const chunks = portion.chunks.map((chunk, index) => ({
    ...{ id: `${stamp}-${source}-${run}-${number}-${index}`, ...chunk.lane },
    ...{ rows: chunk.rows.length, bytes: chunk.bytes, lines: chunk.rows },
  }));
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  const text = [...portion.chunks.flatMap(({ rows }) => rows), ''].join('\n');
  const plan = { number, next: portion.next, chunks: chunks.map(({ lines, ...chunk }) => chunk) };
  if (bytes <= mostTextBytes) return { plan: { ...plan, lines: { text } }, chunks };
  const key = `${linesFolder(source)}${run}-${epoch}-${number}`;
  const body = Buffer.from(text);
  await objects.putBody(key, {
    bytes: body.length,
    async *open() {
      yield body;
    },
  });
  return { plan: { ...plan, lines: { key } }, chunks };
}

/** The rows of a plan that somebody wrote before. @throws Error: they could not be read */
export async function readPlan<Place>(
  { chunks, lines }: Plan<Place>,
  { objects }: Pick<PlanDeps, 'objects'>,
): Promise<readonly PlannedRows[]> {
  const text = 'text' in lines ? lines.text : Buffer.concat(await Array.fromAsync(objects.open(lines.key))).toString();
  const rows = text.split('\n');
  let end = 0;
  return chunks.map((chunk) => {
    end += chunk.rows;
    return { ...chunk, lines: rows.slice(end - chunk.rows, end) };
  });
}

/** Takes away the rows of a plan that is behind; what is left by a follower that died is found by `sweepLines`. */
export async function forgetLines<Place>(plan: Plan<Place>, { objects }: PlanDeps): Promise<void> {
  if ('key' in plan.lines) await objects.delete(plan.lines.key).catch(() => undefined);
}

/**
 * Takes away the rows that followers before this one left, and that no plan names. They are fenced, and can write no plan that
 * names them; one that is fenced itself finds nothing here that a later one needs.
 */
export async function sweepLines<Place>(
  { plan, epoch, run }: Pick<FollowState<Place>, 'plan' | 'epoch' | 'run'>,
  { source, objects }: PlanDeps,
): Promise<void> {
  const named = plan && 'key' in plan.lines ? plan.lines.key : undefined;
  const left = await objects.list(linesFolder(source), mostLeft).catch(() => []);
  const isOlder = (key: string) => {
    const [ofRun, ofEpoch] = key.slice(linesFolder(source).length).split('-');
    return ofRun === run && Number(ofEpoch) < epoch;
  };
  for (const key of left) if (key !== named && isOlder(key)) await objects.delete(key).catch(() => undefined);
}
