/**
 * What a schedule is about. Most faults do harm only together: a worker that stands still, another that takes over, and a call
 * that fails just then. Chance alone brings these together once in many thousand schedules; a profile lets them meet often.
 */
import type { Shape } from './functions.ts';
import type { Random } from './random.ts';
import type { Fault } from './unreliable.ts';

/** For a time, one kind of call meets one fault more often than all others do. */
export interface HotSpot {
  /** As the tally names it. */
  readonly what: string;
  readonly fault: Fault;
  /** How often, per call; added to the usual rate. */
  readonly rate: number;
  /** Milliseconds from the beginning. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Profile {
  readonly name: string;
  /** Of a hundred schedules. */
  readonly share: number;
  /** All other faults are so many times rarer. */
  readonly calm: number;
  readonly hotSpots: (random: Random) => readonly HotSpot[];
  /** How often a copy comes of a message that somebody else holds; drawn if not told. */
  readonly duplicates?: number;
  /** So many sweeps begin at the same time. */
  readonly sweeps?: number;
  /** All its queues keep order. */
  readonly isFifo?: true;
  /** Of a batch; drawn if not told. */
  readonly maxRows?: number;
  /** Clocks are up to an hour apart, in any case. */
  readonly hasSkew?: true;
  /** In some rows the parser of StarRocks ends; drawn if not told. */
  readonly countsShort?: true;
  /** Labels are forgotten while somebody may still have to know them. */
  readonly forgetsSoon?: true;
}

const [begin, load, prepare, commit, rollback, loadState] = [
  ...['StarRocks begin', 'StarRocks load', 'StarRocks prepare', 'StarRocks commit', 'StarRocks rollback'],
  'StarRocks get_load_state',
] as const;
const [getClaims, putClaims, getDecision] = ['S3 get claims', 'S3 put claims', 'S3 get decisions'] as const;
const [toCommit, toDone, toVoid, toStaged] = [
  ...['S3 put decisions commit', 'S3 put decisions done', 'S3 put decisions void', 'S3 put decisions staged'],
] as const;
const [leaveMarker, readMarker, listMarkers, takeMarker] = [
  ...['S3 put in-doubt', 'S3 get in-doubt', 'S3 list in-doubt', 'S3 delete in-doubt'],
] as const;
const ofOnce = [
  ...[begin, load, prepare, commit, rollback, loadState, getClaims, putClaims, getDecision],
  ...[toCommit, toDone, toVoid, toStaged, leaveMarker, readMarker, listMarkers, takeMarker],
];
const ofBoth = [
  ...['StarRocks error log', 'S3 put segments', 'S3 open segments', 'S3 put rejected'],
  ...['SQS send', 'SQS change visibility'],
];

const failures = ['crash', 'refused', 'lostAnswer', 'late'] as const;
const allFaults = [...failures, 'slow', 'freeze'] as const;

/** Shorter than StarRocks keeps a label, so that the sweep can ask in time. */
const longestMs = 600_000;

function hotSpot(
  random: Random,
  whats: readonly string[],
  faults: readonly Fault[],
  rates: readonly number[],
): HotSpot {
  const fromMs = random.chance(0.5) ? 0 : random.below(300_000);
  return {
    ...{ what: random.pick(whats), fault: random.pick(faults), rate: random.pick(rates) },
    ...{ fromMs, toMs: fromMs + 60_000 + random.below(longestMs - 60_000) },
  };
}

/** Over before a message comes again. */
const atFirst = (spot: HotSpot): HotSpot => ({ ...spot, fromMs: 0, toMs: 200_000 });

const anywhere = { name: 'anything fails anywhere', calm: 1, hotSpots: () => [] };

const fewCalls = (whats: readonly string[]) => ({
  ...{ name: 'a few calls fail often', calm: 4 },
  hotSpots: (random: Random) =>
    Array.from({ length: 2 + random.below(3) }, () => hotSpot(random, whats, allFaults, [0.1, 0.4, 1])),
});

const profiles: Readonly<Record<Shape['semantic'], readonly Profile[]>> = {
  'exactly-once': [
    { ...anywhere, share: 27 },
    { ...fewCalls([...ofOnce, ...ofBoth]), share: 10 },
    {
      ...{ name: 'a worker stands still, and another takes over', share: 20, calm: 4, duplicates: 0.3, sweeps: 2 },
      hotSpots: (random) => [
        hotSpot(
          random,
          [leaveMarker, begin, begin, load, getDecision, prepare, toCommit, putClaims],
          ['freeze'],
          [0.3],
        ),
        hotSpot(random, [prepare, rollback, rollback, commit, takeMarker], failures, [0.3, 1]),
      ],
    },
    {
      ...{ name: 'what is done is not noted', share: 10, calm: 4 },
      hotSpots: (random) => [
        hotSpot(random, [toDone], ['refused', 'refused', 'slow', 'late', 'lostAnswer'], [0.3, 1, 1]),
        hotSpot(random, [commit, takeMarker, readMarker, getDecision], failures, [0.1, 0.4]),
      ],
    },
    {
      ...{ name: 'sweeps fail between their calls', share: 10, calm: 4, sweeps: 3 },
      hotSpots: (random) => [
        hotSpot(random, [prepare, toCommit, commit, rollback], ['crash'], [0.4]),
        hotSpot(random, [leaveMarker, listMarkers, readMarker, takeMarker, rollback, toVoid], allFaults, [0.2, 0.6, 1]),
        hotSpot(random, [takeMarker, readMarker, getDecision, commit, toDone], allFaults, [0.2, 0.6]),
      ],
    },
    {
      ...{
        name: 'what stands first in its group is not settled',
        share: 10,
        calm: 4,
        isFifo: true,
        hasSkew: true,
        maxRows: 20,
      },
      hotSpots: (random) => [
        atFirst(hotSpot(random, [load, prepare, toCommit, toStaged, 'S3 put segments'], ['crash'], [0.5, 1])),
        hotSpot(random, [commit, loadState, putClaims, toDone], allFaults, [0.3, 0.6]),
      ],
    },
    {
      ...{ name: 'StarRocks counts short, and its answers get lost', share: 8, calm: 4, countsShort: true },
      hotSpots: (random) => [hotSpot(random, [load, prepare, prepare], ['lostAnswer', 'late'], [0.3, 0.6])],
    },
    {
      ...{ name: 'labels are forgotten', share: 5, calm: 2, forgetsSoon: true },
      hotSpots: (random) => [hotSpot(random, [commit, toDone, prepare, rollback, takeMarker], allFaults, [0.3, 0.6])],
    },
  ],
  'at-least-once': [
    { ...anywhere, share: 70 },
    { ...fewCalls(['StarRocks stream_load', 'StarRocks stream_load', loadState, ...ofBoth]), share: 30 },
  ],
};

export function drawProfile(random: Random, semantic: Shape['semantic']): Profile {
  // Each stands in the drum as often as its share says.
  return random.pick(profiles[semantic].flatMap((profile) => Array<Profile>(profile.share).fill(profile)));
}
