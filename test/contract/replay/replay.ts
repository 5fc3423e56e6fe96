import { acts, askedBefore, standsOn } from './acts.ts';
import { ask, openSessions } from './ask.ts';
import { type RecordedResponse, type Recording, readRecording } from './recording.ts';
import type { ReplayTarget } from './target.ts';

export interface Replayed {
  /** By index; entries without a request, and what a real cluster can not be asked, have none. */
  readonly answers: readonly (RecordedResponse | undefined)[];
  /** What was refused of the tables that a recording stands on. */
  readonly refusedSetUp: readonly string[];
}

/** Replays a recording in its order. */
export async function replay(recording: Recording, target: ReplayTarget): Promise<Replayed> {
  const sessions = openSessions(target);
  const answers: (RecordedResponse | undefined)[] = [];
  const refusedSetUp: string[] = [];
  try {
    for (const sql of setUpOf(recording.name)) {
      const { error } = await ask(target, sessions, { to: 'query port', sql });
      if (error !== undefined) refusedSetUp.push(`${sql.slice(0, 60)}: ${error.message}`);
    }
    for (const index of orderOf(recording)) {
      const { request } = recording.exchanges[index] ?? {};
      const act = acts[recording.name]?.[index];
      if (act !== undefined && target.standIn === undefined) break;
      await act?.(target);
      answers[index] =
        request &&
        (await ask(target, sessions, request).catch((error: unknown) => ({
          error: { code: (error as { code?: string }).code ?? String(error), message: String(error) },
        })));
    }
  } finally {
    await sessions.close();
  }
  return { answers, refusedSetUp };
}

/** The order in which the exchanges were asked; they were written down as they were answered. */
function orderOf({ name, exchanges }: Recording): readonly number[] {
  const late = askedBefore[name] ?? {};
  const early = new Set(Object.values(late));
  return exchanges.flatMap((_, index) => {
    const before = late[index];
    if (before !== undefined) return [before, index];
    return early.has(index) ? [] : [index];
  });
}

function setUpOf(name: string): readonly string[] {
  const onAll = standsOn['rec']?.includes(name) === true;
  if (!onAll && standsOn['schema']?.includes(name) !== true) return [];
  const sources = onAll ? ['information-schema', 'labels-across-databases'] : ['information-schema'];
  const statements = sources.flatMap((source) =>
    readRecording(source).exchanges.flatMap(({ request }) => request?.sql ?? []),
  );
  const creating = statements.filter((sql) => /^CREATE (?:TABLE|VIEW) rec\./.test(sql));
  return ['CREATE DATABASE rec', ...creating, ...(onAll ? unrecorded : [])];
}

/** There before anything was recorded: what is known of them is what the recordings do with them. */
const unrecorded = [
  'CREATE TABLE rec.b_pri (id INT NOT NULL, name VARCHAR(100), n INT) PRIMARY KEY(id) DISTRIBUTED BY HASH(id) PROPERTIES ("replication_num" = "1")',
  'CREATE TABLE rec.b_other (id INT NOT NULL, name VARCHAR(100)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) PROPERTIES ("replication_num" = "1")',
  'CREATE VIEW rec.b_view AS SELECT id, name FROM rec.b_items',
];
