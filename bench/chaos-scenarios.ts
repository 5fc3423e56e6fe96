import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../local/aws/faults.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { shortVisibilitySeconds, type World } from './chaos-world.ts';

/** What a run is like, and what goes wrong in it besides the kills. */
export interface Scenario {
  readonly fifo?: true;
  readonly followers?: number;
  /** One row in so many does not fit. */
  readonly badEvery?: number;
  readonly options?: (world: World) => RawOptions;
  /** Goes on until the signal says that the rows are sent, or longer. @out  gives how often it struck */
  readonly disturb?: (world: World, sent: AbortSignal, hourMs: number) => Promise<() => number>;
}

/** An hour is ten times as long as a message is invisible, where a function may run for a minute. */
export const hourInSeconds = 10 * shortVisibilitySeconds;
const betweenStallsMs = 1500;
const stalls: readonly Fault[] = [
  { action: 'PutObject', stall: 'answer' },
  { action: 'PutObject', after: true },
  { action: 'GetObject', stall: 'answer' },
  { action: 'GetObject', stall: 'body', where: /segments/ },
  { action: 'DeleteObject', stall: 'answer' },
  { action: 'ListObjectsV2', stall: 'answer' },
];

export const scenarios = {
  /** A queue that disorders and doubles messages, and a process that dies. */
  kills: {},
  /** Four groups, whose keys must end with their last version. */
  fifo: { fifo: true },
  /** Bad rows among the good, which only StarRocks finds. */
  'bad-rows': { badEvery: 500, options: () => ({ 'sink.check-rows': 'pass' }) },
  /** Of two frontends the one that is in use takes every connection from then on, and never answers. */
  'silent-frontend': {
    followers: 2,
    options: ({ starrocks: { feUrls } }) => ({
      'load-url': feUrls
        .slice(1)
        .map((url) => new URL(url).host)
        .join(';'),
    }),
    async disturb({ starrocks }) {
      const { node } = await starrocks.spy.waitFor((call) => call.at === 'fe' && call.node > 0);
      const silence = { on: 'any', at: 'fe', times: Number.POSITIVE_INFINITY, do: { kind: 'hold' } } as const;
      const silent = starrocks.faults.add({ ...silence, match: { node } });
      return () => silent.hits;
    },
  },
  /** Requests that S3 takes and does not answer, and objects that end in the middle without an end. */
  'stalled-s3': {
    async disturb({ aws }, sent) {
      // The first calls meet all of them, later ones one now and then.
      for (const fault of stalls) aws.faults.add(fault);
      let turn = stalls.length;
      for (; !sent.aborted; turn++) {
        const fault = stalls[turn % stalls.length];
        if (fault) aws.faults.add(fault);
        await delay(betweenStallsMs, undefined, { signal: sent }).catch(() => undefined);
      }
      return () => turn - aws.faults.waiting;
    },
  },
  /** StarRocks is away for an hour, while rows go on to come. */
  outage: {
    async disturb({ starrocks }, _sent, hourMs) {
      await delay(2000);
      await starrocks.faults.stopFrontend();
      await delay(hourMs);
      await starrocks.faults.startFrontend();
      return () => 1;
    },
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
