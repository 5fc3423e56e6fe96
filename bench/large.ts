import { randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';
import { Pool } from 'undici';
import { uuidV7 } from '../src/kit/time-ordered-id.ts';
import { readPointer } from '../src/rows/segment.ts';
import { eventOf, type RowsEvent } from './events.ts';
import { formatCount, formatMegabytes, formatMs, type Line } from './lines.ts';
import { type LocalAws, type Requests, startLocalAws } from './local-aws.ts';
import { medianSpent, type Spent, spend } from './measure.ts';
import { priceOf, requestsBetween, requestsOfQueue, scaleRequests, sumRequests } from './requests.ts';
import { type NullSink, startNullSink } from './sink-process.ts';
import { createStagedSink, type Semantic, semantics } from './staged-sink.ts';

const bytesPerRow = 200;
/** Of one load: `sink.buffer-flush.max-bytes` as it is unless set. */
const maxLoadBytes = 90 * 1024 ** 2;
const gigabyte = 1e9;

interface Setting {
  readonly event: RowsEvent;
  /** Events whose segments fill one load. */
  readonly eventsPerLoad: number;
  /** Of a full load. */
  readonly loadBytes: number;
  readonly sink: NullSink;
}

/** What one side has done in the rounds that count, and how long it took for one full load of rows. */
interface Done extends Spent {
  readonly loads: number;
  readonly requests: Requests;
}

/**
 * Rows through both functions, against the same bytes sent straight to the null sink. A round fills one load on each
 * side, and the sides take turns event by event; the first round does not count.
 *
 * @in gigabytes of rows, for each side
 */
export async function benchLarge({ gigabytes }: { readonly gigabytes: number }): Promise<readonly Line[]> {
  const event = await eventOf('packed JSON', bytesPerRow);
  const segmentBytes = event.rows.length * (bytesPerRow + 1) - 1;
  const eventsPerLoad = Math.floor(maxLoadBytes / (segmentBytes + 1));
  // Segments are joined by commas, inside brackets.
  const loadBytes = eventsPerLoad * (segmentBytes + 1) + 1;
  using sink = await startNullSink({ bytesPerRow });
  using plainAws = await startLocalAws();
  using onceAws = await startLocalAws();
  const setting: Setting = { event, eventsPerLoad, loadBytes, sink };
  const straight = straightTo(setting);
  const plain = stagedSide('at-least-once', plainAws, setting);
  const once = stagedSide('exactly-once', onceAws, setting);
  const rounds = Math.max(1, Math.round((gigabytes * gigabyte) / loadBytes));
  for (let round = 0; round <= rounds; round++) {
    if (round === 1) for (const side of [straight, plain, once]) await side.startCounting();
    await straight.load();
    for (let left = eventsPerLoad; left > 0; left--) for (const side of [plain, once]) await side.ingest();
    for (const side of [plain, once]) await side.load();
  }
  await straight.close();
  const done = { floor: straight.done(), 'at-least-once': await plain.done(), 'exactly-once': await once.done() };
  return linesOf(rounds, setting, done);
}

function straightTo({ event, eventsPerLoad, sink }: Setting) {
  const segment = event.rows.join(',');
  const body = Buffer.from(`[${Array(eventsPerLoad).fill(segment).join(',')}]`);
  const pool = new Pool(sink.backend);
  const put = async () =>
    (await pool.request({ method: 'PUT', path: '/api/bench/orders/_stream_load', body })).body.text();
  let spent: Spent[] = [];
  return {
    startCounting: () => {
      spent = [];
    },
    load: async () => void spent.push(await spend({ prepare: () => null, run: put })),
    done: () => ({ wallMs: medianSpent(spent).wallMs }),
    close: () => pool.close(),
  };
}

function stagedSide(semantic: Semantic, aws: LocalAws, { event, eventsPerLoad, loadBytes, sink }: Setting) {
  const staged = createStagedSink(sink.frontend, aws, semantic);
  let ingests: Spent[] = [];
  let loads: Spent[] = [];
  let loaded = 0;
  let requestsBefore: Requests = {};
  return {
    async startCounting() {
      [ingests, loads, loaded, requestsBefore] = [[], [], 0, await aws.requests()];
    },
    async ingest() {
      ingests.push(await spend({ prepare: () => freshEvent(event.json), run: (fresh) => staged.ingest(fresh) }));
    },
    async load() {
      const before = await sink.taken();
      const pointers = await staged.receive(eventsPerLoad);
      loads.push(await spend({ prepare: () => pointers, run: (all) => staged.load(all) }));
      await staged.delete(pointers);
      const taken = await sink.taken();
      const bytes = taken.bytes - before.bytes;
      if (bytes !== loadBytes) throw new Error(`The null sink took ${bytes} bytes, expected were ${loadBytes}.`);
      loaded += taken.loads - before.loads;
      await aws.forget(pointers.map(({ body }) => readPointer(body)?.key ?? ''));
    },
    async done(): Promise<Done> {
      const queued = requestsOfQueue(ingests.length * messagesIn(event), bytesPerMessage(event));
      const { DeleteObject: _, ...asked } = requestsBetween(requestsBefore, await aws.requests());
      const [ingest, load] = [medianSpent(ingests), medianSpent(loads)];
      return {
        wallMs: eventsPerLoad * ingest.wallMs + load.wallMs,
        cpuMs: eventsPerLoad * ingest.cpuMs + load.cpuMs,
        loads: loaded,
        requests: sumRequests(asked, queued),
      };
    },
  };
}

/** The event with messages and chunks that were never seen before. */
export function freshEvent(json: string): SQSEvent {
  const { Records } = JSON.parse(json) as SQSEvent;
  // As the producer names them: chunks of a moment are claimed together.
  const chunk = () => ({ stringValue: uuidV7(Date.now()), dataType: 'String' });
  return {
    Records: Records.map((record) => ({
      ...record,
      messageId: randomUUID(),
      messageAttributes: { ...record.messageAttributes, chunk: chunk() },
    })),
  };
}

const messagesIn = ({ json }: RowsEvent) => (JSON.parse(json) as SQSEvent).Records.length;
const bytesPerMessage = ({ json }: RowsEvent) =>
  Buffer.byteLength((JSON.parse(json) as SQSEvent).Records[0]?.body ?? '');

function linesOf(
  rounds: number,
  { loadBytes, eventsPerLoad, event }: Setting,
  done: Readonly<Record<Semantic, Done>> & { readonly floor: Pick<Done, 'wallMs'> },
): Line[] {
  const gigabytes = (rounds * loadBytes) / gigabyte;
  const size = `${gigabytes.toFixed(1)} GB`;
  const perSecond = (amount: number, side: keyof typeof done) => amount / (done[side].wallMs / 1000);
  const speedOf = (side: keyof typeof done) => `${formatCount(perSecond(loadBytes / 1e6, side))} MB/s`;
  const rowsOf = (side: keyof typeof done) => formatCount(perSecond(eventsPerLoad * event.rows.length, side));
  const perGigabyte = (semantic: Semantic) => scaleRequests(done[semantic].requests, 1 / gigabytes);
  const price = (semantic: Semantic) => priceOf(perGigabyte(semantic));
  return [
    ...semantics.map((semantic) => ({
      what: `large, ${semantic}: ${size} through both functions`,
      measured: `${rowsOf(semantic)} rows/s, ${speedOf(semantic)}`,
      against: `${speedOf('floor')}: PUT of ${formatMegabytes(loadBytes)} bodies`,
      ratio: done.floor.wallMs / done[semantic].wallMs,
    })),
    {
      what: 'large: exactly-once beside at-least-once',
      measured: speedOf('exactly-once'),
      against: `${speedOf('at-least-once')}: at-least-once`,
      ratio: done['at-least-once'].wallMs / done['exactly-once'].wallMs,
      target: { atLeast: 0.95 },
    },
    {
      what: 'large: exactly-once beside at-least-once, CPU',
      measured: formatMs(done['exactly-once'].cpuMs),
      against: `${formatMs(done['at-least-once'].cpuMs)}: at-least-once`,
      ratio: done['at-least-once'].cpuMs / done['exactly-once'].cpuMs,
      target: { atLeast: 0.95 },
    },
    ...semantics.map((semantic) => ({
      what: `large, ${semantic}: loads per GB`,
      measured: (done[semantic].loads / gigabytes).toFixed(1),
      against: `${(gigabyte / maxLoadBytes).toFixed(1)}: full loads of 90 MiB`,
      ratio: (done[semantic].loads * maxLoadBytes) / (rounds * loadBytes),
    })),
    ...semantics.map((semantic) => ({
      what: `large, ${semantic}: S3 and SQS requests per GB`,
      measured: `$${price(semantic).toFixed(4)}: ${listOf(perGigabyte(semantic))}`,
      against: `$${price('at-least-once').toFixed(4)}: at-least-once`,
      ratio: price(semantic) / price('at-least-once'),
    })),
  ];
}

const listOf = (requests: Requests) =>
  Object.entries(requests)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([action, count]) => `${formatCount(count)} ${action}`)
    .join(', ');
