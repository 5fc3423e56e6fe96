/** In words, how a sink is, and what waits for a person. The page says it: nothing of Node is used here. */

import { quoted } from '../invocation.ts';
import type { StatusAsked } from '../status/opened.ts';
import type { Overview } from '../status/overview.ts';
import type { QueueStatus } from '../status/queues.ts';

/** Something that only a person can see to. */
export interface Wait {
  readonly what: string;
  /** What to run for it, the usual one first. */
  readonly commands: readonly string[];
}

export interface Verdict {
  readonly says: string;
  readonly waits: readonly Wait[];
}

/** What is looked at: the words by which another command finds it. */
export interface Where extends Pick<StatusAsked, 'stack' | 'bucket' | 'queueUrl' | 'region' | 'endpoint' | 'config'> {
  /** How this program is begun. */
  readonly program: string;
}

const count = (value: number) => value.toLocaleString('en-US');
const counted = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

/** @in  unsent: rows and messages that were rejected, and that nobody has sent again */
export function verdictOf(overview: Overview, where: Where, unsent: number): Verdict {
  const waits = [
    ...overview.queues.filter(isDeadLetters).map((queue) => deadLetters(queue, overview.queues, where)),
    ...(overview.inDoubt ?? [])
      .filter(({ standing }) => standing === 'undecided')
      .map(({ batch, database, table }) => ({
        what: `Batch ${batch} of ${database}.${table} is undecided: look whether its rows are in the table, and say so.`,
        commands: ['loaded', 'not-loaded'].map((word) =>
          commandOf(['--batch', batch, '--assume', word, ...wordsOf(where, ['bucket', 'config'])], where),
        ),
      })),
    ...(overview.sources ?? [])
      .filter(({ state }) => state === 'stopped')
      .map(({ source, error = '' }) => ({ what: `The source ${source} is stopped: ${error}`, commands: [] })),
    ...(unsent > 0 ? [rejected(unsent)] : []),
    ...overview.notTold.map((why) => ({ what: `Not told: ${why}`, commands: [] })),
  ];
  if (waits.length > 0) return { says: `${counted(waits.length, 'thing waits', 'things wait')} for you.`, waits };
  return { says: `All is well: ${wellOf(overview)}.`, waits };
}

const rejected = (unsent: number): Wait => ({
  what: `${counted(unsent, 'row or message', 'rows or messages')} of the last day ${unsent === 1 ? 'was' : 'were'} rejected, and not sent again: open them under Rejected.`,
  commands: [],
});

const isDeadLetters = ({ queue, waiting }: QueueStatus) => queue.endsWith('dead letters') && waiting > 0;

function wellOf({ loads, queues }: Overview): string {
  const waiting = queues.reduce((sum, each) => sum + each.waiting, 0);
  const queued =
    waiting === 0 ? 'no message waits' : counted(waiting, 'message waits its turn', 'messages wait their turn');
  if (loads === undefined) return queued;
  const rows = loads.reduce((sum, each) => sum + each.rows, 0);
  return `${counted(rows, 'row')} loaded within the last hour, and ${queued}`;
}

function deadLetters({ queue, url, waiting }: QueueStatus, queues: readonly QueueStatus[], where: Where): Wait {
  const of = queue.replace(' dead letters', '');
  const own = queues.find((each) => each.queue === of)?.url ?? '';
  const place = where.stack === undefined ? ['--from', url, '--to', own] : ['--dead-letters', of];
  const words = [...place, ...wordsOf(where, [])];
  return {
    what: `${counted(waiting, 'dead letter')} of the ${of} queue ${waiting === 1 ? 'lies' : 'lie'} there.`,
    commands: [commandOf(words, where), commandOf([...words, '--yes'], where)],
  };
}

const flags = { bucket: '--bucket', config: '--config' } as const;

function wordsOf(where: Where, wanted: readonly (keyof typeof flags)[]): readonly string[] {
  const { stack, region, endpoint } = where;
  return [
    ...(stack === undefined ? [] : ['--stack', stack]),
    ...wanted.flatMap((name) => (where[name] === undefined ? [] : [flags[name], where[name]])),
    ...(region === undefined ? [] : ['--region', region]),
    ...(endpoint === undefined ? [] : ['--endpoint', endpoint]),
  ];
}

const commandOf = (words: readonly string[], { program }: Where) =>
  [program, 'redrive', ...words.map(quoted)].join(' ');
