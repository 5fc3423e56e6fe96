/** What the schedules are said to hold (docs/delivery.md), and how many of a hundred hold it at least. */
import type { Shape } from './functions.ts';
import { calm } from './world.ts';

const ofBoth = {
  ...{ 'function: ingest': 95, 'function: load': 30 },
  ...{ 'world: FIFO queues': 20, 'world: standard queues': 50, 'world: several groups': 5 },
  ...{ 'world: all is loaded directly': 25, 'world: large batches are staged': 25, 'world: all is staged': 25 },
  ...{ 'world: several tables': 25, 'an event of ten messages or more': 2 },
  ...{ 'world: bad rows are kept': 50, 'world: bad rows fail their message': 20 },
  ...{ 'world: a producer sends a chunk twice': 20, 'a message comes again': 20, 'an ack is lost': 4 },
  ...{ 'a message comes while somebody holds it': 20, 'world: clocks up to an hour apart': 20 },
  ...{ 'world: servers go away for minutes': 15, 'a worker goes on after it was taken for dead': 5 },
  ...{ 'labels are forgotten': 10, 'StarRocks counts short': 2, 'a call fails on the server': 5 },
};

const ofOnce = {
  ...ofBoth,
  ...{ 'function: sweep': 80, 'the sweep settles a marker': 40, 'a person is asked': 0.5 },
  ...{ 'StarRocks counts short': 5, 'lostAnswer at StarRocks prepare': 5, 'labels are forgotten': 20 },
  ...{ 'a worker goes on after it was taken for dead': 15, 'somebody aborts a transaction in PREPARED': 5 },
  ...{ 'StarRocks refuses begin': 5, 'StarRocks refuses commit': 3, 'a commit is not visible in time': 5 },
  ...{ 'decision: done': 80, 'decision: void': 40, 'decision: staged': 30 },
};

const ofPlain = { ...ofBoth, 'StarRocks refuses stream_load': 5 };

/** Each of these fails in each way, in some schedule at least. */
const calls: Readonly<Record<Shape['semantic'], readonly string[]>> = {
  'exactly-once': [
    ...['begin', 'load', 'prepare', 'commit', 'rollback', 'get_load_state'].map((call) => `StarRocks ${call}`),
    ...['get claims', 'put claims', 'get decisions', 'put decisions commit', 'put decisions done'].map(ofS3),
    ...['put decisions void', 'put decisions staged', 'put segments', 'open segments'].map(ofS3),
    ...['put in-doubt', 'get in-doubt', 'list in-doubt', 'delete in-doubt'].map(ofS3),
    'SQS send',
  ],
  'at-least-once': ['StarRocks stream_load', 'SQS send', ...['put segments', 'open segments'].map(ofS3)],
};

function ofS3(call: string): string {
  return `S3 ${call}`;
}

const faultsAt = (whats: readonly string[]) =>
  whats.flatMap((what) => Object.keys(calm).map((how) => `${how} at ${what}`));

/** Made only where something failed before. */
const laterCalls = ['StarRocks get_load_state', 'S3 get in-doubt'];

/** Every fault at each call that is made though nothing failed before. */
export const faultsAtFirstCalls = (semantic: Shape['semantic']): readonly string[] =>
  faultsAt(calls[semantic].filter((call) => !laterCalls.includes(call)));

/** @out  what must happen, and in how many of a hundred schedules at least; 0: in one */
export function leastShares(semantic: Shape['semantic']): ReadonlyMap<string, number> {
  const shares = Object.entries(semantic === 'exactly-once' ? ofOnce : ofPlain);
  return new Map([...faultsAt(calls[semantic]).map((fault): [string, number] => [fault, 0]), ...shares]);
}
