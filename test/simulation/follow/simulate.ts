import { followOnce } from '../../../src/follow/follow-once.ts';
import type { RowsQueue } from '../../../src/follow/send-chunks.ts';
import { SinkError } from '../../../src/kit/errors.ts';
import type { ObjectStore } from '../../../src/object-store.ts';
import type { Message } from '../../../src/producer/message.ts';
import { createRandom } from '../random.ts';
import { Scheduler, type Worker } from '../scheduler.ts';
import { SimulatedQueue } from '../simulated-queue.ts';
import { connectS3, SimulatedS3 } from '../simulated-s3.ts';
import { Tally } from '../tally.ts';
import { createUnreliable, type FaultRates, type SingleFault } from '../unreliable.ts';
import { calm } from '../world.ts';
import { SimulatedDatabase, type SimulatedPlace, type SimulatedRow, tables } from './source.ts';

export interface FollowSetup {
  readonly seed: number;
  /** Nothing goes wrong but this. */
  readonly only?: SingleFault;
  /** Takes a part away, to see that the invariants notice. */
  readonly sabotage?: (objects: ObjectStore) => ObjectStore;
  /** The queue forgets nothing, and the sink recognises no chunk: what is left is what the follower itself keeps. */
  readonly sinkForgets?: boolean;
}

export interface FollowResult {
  readonly calls: number;
  readonly chunks: number;
  readonly epochs: number;
  readonly fenced: number;
  readonly violations: readonly string[];
}

const leaseMs = 30_000;
const runMs = 120_000;
const troubledMs = 600_000;
const maxSteps = 40_000;

/** Runs followers of one source against a bucket and a queue that fail, and looks at what the sink would make of the queue. */
export async function simulateFollow({
  seed,
  only,
  sabotage = (objects) => objects,
}: FollowSetup): Promise<FollowResult> {
  const random = createRandom(seed);
  const scheduler = new Scheduler(random);
  const some = (most: number) => (random.chance(0.6) ? random.next() * most : 0);
  const drawn: FaultRates = {
    ...{ crash: some(0.03), refused: some(0.1), lostAnswer: some(0.15), late: some(0.1), slow: some(0.05) },
    freeze: random.chance(0.4) ? random.next() * 0.03 : 0,
  };
  let hasFaults = only === undefined;
  const tally = new Tally();
  const network = createUnreliable(scheduler, random, (fault) => (hasFaults ? drawn : calm)[fault], tally, only);
  const s3 = new SimulatedS3();
  const queue = new SimulatedQueue('q', true, scheduler, random, 60_000, tally);
  const database = new SimulatedDatabase(random);
  const sink = createSink();
  let [workers, fenced, epochs, isQuiet] = [0, 0, 0, false];

  const connectQueue = (worker: Worker): RowsQueue => ({
    waiting: async () => 0,
    send: async (messages, groupOf) => {
      const lost = () => new Error('SQS: no answer');
      const put = (message: Message) => () =>
        queue.send({ ...sent(message), group: groupOf(message), deduplication: message.pack.chunkId });
      const unsent = new Map<Message, string>();
      for (const message of messages) {
        const request = { what: 'SQS send', apply: put(message), lost, refused: lost, isAway: () => false };
        const send = () => network.call(worker, request);
        await send().catch(() => send().catch(() => unsent.set(message, 'SQS: no answer')));
      }
      return unsent;
    },
  });

  /** An invocation: it ends by its deadline, or dies. */
  const invoke = async () => {
    const worker: Worker = { alive: true };
    const clock = scheduler.clockOf(worker, Math.round((random.next() - 0.5) * (hasFaults ? 20_000 : 0)));
    const over = new AbortController();
    scheduler.later(runMs * 0.8, () => worker.alive && over.abort());
    scheduler.later(runMs, () => {
      if (!worker.comesBack) worker.alive = false;
    });
    const objects = sabotage(
      connectS3(
        s3,
        worker,
        network,
        random,
        () => (hasFaults ? 0.03 : 0),
        () => false,
        tally,
      ),
    );
    const deps = {
      ...{ source: 'shop', holder: `w${workers++}`, leaseMs, objects, clock, deadlineMs: clock.now() + runMs },
      ...{ queue: connectQueue(worker), newId: () => `${workers}`, room: async () => undefined },
      payloads: { bucket: 'b', prefix: '', put: async () => undefined },
    };
    const wait = () => clock.sleep(1000);
    const portions = database.portions(wait, () => hasFaults && random.chance(0.02));
    try {
      await followOnce<SimulatedPlace>({ begin: async () => database.begin(), portions }, over.signal, deps);
    } catch (error) {
      if (error instanceof SinkError && error.code === 'SOURCE_FENCED') fenced += 1;
    }
  };

  const schedule = () => {
    void invoke();
    scheduler.later(hasFaults ? 5000 + random.below(60_000) : 20_000, schedule);
  };
  const write = () => {
    if (isQuiet) return;
    database.change();
    scheduler.later(random.below(10_000), write);
  };
  const load = () => {
    for (const message of queue.receive(0)) {
      // A message may be loaded, and come again all the same.
      sink.take(message.body, message.attributes?.['chunk'] ?? '');
      if (!hasFaults || random.chance(0.8)) message.deleted = true;
    }
    scheduler.later(random.below(10_000), load);
  };
  for (const begin of [schedule, schedule, write, load]) scheduler.later(random.below(1000), begin);
  scheduler.later(troubledMs, () => {
    hasFaults = false;
    isQuiet = true;
  });
  const wanted = () => sink.end(database);
  await scheduler.run(
    () => isQuiet && wanted().length === 0 && queue.messages.every(({ deleted }) => deleted),
    maxSteps,
  );
  const state = s3.objects.get('sources/shop/state.json');
  epochs = state ? (JSON.parse(state.text) as { epoch: number }).epoch : 0;
  return {
    calls: network.calls,
    chunks: sink.chunks.size,
    epochs,
    fenced,
    violations: [...sink.violations, ...wanted()],
  };
}

const sent = ({ body, pack }: Message) => ({ body, attributes: { chunk: pack.chunkId } });

/** An exactly-once sink: a chunk that was loaded is not loaded again, and must hold the same rows whenever it comes. */
function createSink() {
  const chunks = new Map<string, string>();
  const mirror = new Map<string, number>();
  const history = new Map<string, SimulatedRow[]>(tables.map((table) => [table, []]));
  const violations: string[] = [];
  return {
    chunks,
    violations,
    take(body: string, id: string) {
      const known = chunks.get(id);
      if (known !== undefined && known !== body) violations.push(`chunk ${id} holds other rows than before`);
      if (known !== undefined) return;
      chunks.set(id, body);
      for (const line of body.trimEnd().split('\n')) {
        const row = JSON.parse(line) as SimulatedRow;
        history.get(row.table)?.push(row);
        if (row.isDelete) mirror.delete(`${row.table}${row.key}`);
        else mirror.set(`${row.table}${row.key}`, row.value);
      }
    },
    end(database: SimulatedDatabase): string[] {
      const found: string[] = [];
      const logged = (rows: readonly SimulatedRow[]) =>
        rows.filter(({ from }) => from === 'log').map(({ value }) => value);
      const since = (table: string, start: number) =>
        database.log
          .slice(start)
          .filter((change) => change.table === table)
          .map(({ value }) => value);
      for (const table of tables) {
        const rows = history.get(table) ?? [];
        const have = JSON.stringify(logged(rows));
        const wanted = database.starts.map((start) => since(table, start));
        if (!wanted.some((want) => JSON.stringify(want) === have))
          found.push(`the history of ${table} is ${have}, the source ${JSON.stringify(wanted[0])}`);
        const copied = rows.filter(({ from }) => from === 'snapshot').map(({ key }) => key);
        if (new Set(copied).size < copied.length) found.push(`the snapshot of ${table} holds a row twice`);
      }
      const same =
        mirror.size === database.rows.size && [...database.rows].every(([key, value]) => mirror.get(key) === value);
      if (!same) found.push('the mirror differs from the source');
      return found;
    },
  };
}
