/** What chance decides about a schedule before it begins: the shape of the sink, its messages, and how much goes wrong. */
import type { Shape } from './functions.ts';
import type { HotSpot, Profile } from './profiles.ts';
import type { Random } from './random.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { ServerRates } from './simulated-starrocks.ts';
import type { FaultRates } from './unreliable.ts';

export const calm: FaultRates = { crash: 0, refused: 0, lostAnswer: 0, late: 0, slow: 0, freeze: 0 };

/** A row as a producer sends it. */
export interface SentRow {
  readonly id: string;
  readonly t: string;
  readonly bad?: boolean;
  readonly cut?: boolean;
}

export interface Rates {
  /** What the schedule is about. */
  readonly profile: string;
  readonly network: FaultRates;
  readonly hotSpots: readonly HotSpot[];
  readonly server: ServerRates;
  /** Messages that somebody else holds come too; standard queues only. */
  readonly duplicates: number;
  /** So many sweeps begin at the same time. */
  readonly sweeps: number;
  /** Clocks are wrong by up to half of it, before or behind. */
  readonly skewMs: number;
  /** StarRocks keeps a label so long after its end, at least. */
  readonly keptMs: number;
  /** How often, whenever a queue is asked, StarRocks has a new leader, or somebody aborts a transaction. */
  readonly newLeader: number;
  readonly abort: number;
  readonly outages: readonly Outage[];
}

/** A time in which one server is not there; milliseconds from the beginning. */
interface Outage {
  readonly of: Server;
  readonly fromMs: number;
  readonly toMs: number;
}

export type Server = 's3' | 'sqs' | 'starrocks';

/** The real cleaner runs every four hours; here time is short, and the sweep has some fifteen chances before. */
export const usuallyKeptMs = 900_000;
/** Forgotten while somebody may still have to know it: then a person is asked. */
const shortlyKeptMs = 20_000;

export function drawShape(random: Random, semantic: Shape['semantic'], { isFifo, maxRows }: Profile): Shape {
  return {
    semantic,
    stageAboveBytes: random.pick([undefined, 0, 90]),
    keepsBadRows: random.chance(0.7),
    isFifo: isFifo || random.chance(0.3),
    maxRows: maxRows ?? random.pick([3, 3, 3, 20]),
  };
}

export function drawRates(random: Random, profile: Profile): Rates {
  const some = (most: number) => (random.chance(0.5) ? (random.next() * most) / profile.calm : 0);
  const network = {
    ...{ crash: some(0.05), refused: some(0.1), lostAnswer: some(0.15), late: some(0.1), slow: some(0.05) },
    freeze: random.chance(0.3) ? (random.next() * 0.02) / profile.calm : 0,
  };
  const server = {
    failure: some(0.2),
    publishTimeout: some(0.5),
    refusal: random.chance(0.2) ? random.next() * 0.8 : 0,
    errorLogRows: random.pick([0, 1, 2]),
  };
  const outage = (): Outage => {
    const fromMs = random.below(400_000);
    return { of: random.pick(['s3', 'sqs', 'starrocks']), fromMs, toMs: fromMs + random.below(200_000) };
  };
  return {
    ...{ profile: profile.name, network, server, hotSpots: profile.hotSpots(random), sweeps: profile.sweeps ?? 1 },
    duplicates: profile.duplicates ?? random.pick([0.01, 0.03, 0.1, 0.3]),
    skewMs: profile.hasSkew || random.chance(0.3) ? 3_600_000 : 0,
    keptMs: profile.forgetsSoon || random.chance(0.15) ? shortlyKeptMs : usuallyKeptMs,
    // What is aborted all the time can not stay prepared.
    ...{ newLeader: random.pick([0, 0.02, 0.1]), abort: random.pick([0, 0, 0.02, 0.1]) },
    outages: random.chance(0.25) ? Array.from({ length: 1 + random.below(2) }, outage) : [],
  };
}

/** @out  whether some rows make StarRocks count short */
export function fillQueue(
  queue: SimulatedQueue,
  random: Random,
  { isFifo, semantic }: Shape,
  { countsShort }: Profile,
  mayCut: boolean,
): boolean {
  const chunks = random.chance(0.03) ? 14 + random.below(16) : 1 + random.below(4);
  const hasTimes = random.chance(0.7);
  const tables = 1 + random.below(3);
  const groups = 1 + random.below(2);
  const cutsSome = countsShort || random.chance(semantic === 'exactly-once' ? 0.3 : 0.15);
  const cutRate = mayCut && cutsSome ? 0.08 : 0;
  let isCut = false;
  for (let index = 0; index < chunks; index++) {
    const t = `t${random.below(tables)}`;
    const rows = Array.from({ length: 1 + random.below(3) }, (_, row): SentRow => {
      const cut = random.chance(cutRate);
      isCut ||= cut;
      return { id: `c${index}r${row}`, t, ...(random.chance(0.05) ? { bad: true } : {}), ...(cut ? { cut } : {}) };
    });
    const lines = rows.map((row) => JSON.stringify(row));
    // No row at all: a line that is cut off.
    if (random.chance(0.05)) lines.push(`{"id":"c${index}r9","t"`);
    // Chunks whose identities say a time share a book of claims; the others have one each.
    const chunk = hasTimes ? `${1_700_010_000_000 + index * 1500}-c${index}` : `c${index}`;
    const group = isFifo ? { group: `g${random.below(groups)}` } : {};
    const sent = { body: lines.join('\n'), attributes: { chunk, table: t }, ...group };
    queue.send(sent);
    // A producer that lost an answer sends a chunk again, in a message of its own.
    if (random.chance(0.15) && (semantic === 'exactly-once' || cutRate === 0)) queue.send(sent);
  }
  return isCut;
}
