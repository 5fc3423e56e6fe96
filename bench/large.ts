import { randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';
import { Pool } from 'undici';
import { readPointer } from '../src/rows/segment.ts';
import { eventOf, type RowsEvent } from './events.ts';
import { formatCount, type Line } from './lines.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { type Spent, spend, sumSpent } from './measure.ts';
import { priceOf, type Requests, requestsBetween, requestsOfQueue, scaleRequests, sumRequests } from './requests.ts';
import { type NullSink, startNullSink } from './sink-process.ts';
import { createStagedSink, type Semantic, type StagedSink, semantics } from './staged-sink.ts';

const bytesPerRow = 200;
/** Of one load: `sink.buffer-flush.max-bytes` as it is unless set. */
const maxLoadBytes = 90 * 1024 ** 2;
const loadsPerRound = 2;
const gigabyte = 1e9;

/** What one side has done in the rounds that count. */
interface Done {
  readonly spent: Spent;
  readonly loads: number;
  readonly requests: Requests;
}

interface Setting {
  readonly event: RowsEvent;
  /** Rows of an event as they stand in S3: separated by commas. */
  readonly segmentBytes: number;
  readonly segmentsPerLoad: number;
  readonly sink: NullSink;
  readonly aws: LocalAws;
}

/**
 * Rows through both functions, against the same bytes sent straight to the null sink. The sides take turns, a round of
 * two full loads each; the first round does not count.
 *
 * @in gigabytes of rows, for each side
 */
export async function benchLarge({ gigabytes }: { readonly gigabytes: number }): Promise<readonly Line[]> {
  const event = await eventOf('packed JSON', bytesPerRow);
  const segmentBytes = event.rows.length * (bytesPerRow + 1) - 1;
  const segmentsPerLoad = Math.floor(maxLoadBytes / (segmentBytes + 1));
  using sink = await startNullSink({ bytesPerRow });
  using aws = await startLocalAws();
  const setting: Setting = { event, segmentBytes, segmentsPerLoad, sink, aws };
  const roundBytes = loadsPerRound * segmentsPerLoad * segmentBytes;
  const rounds = Math.max(1, Math.round((gigabytes * gigabyte) / roundBytes));

  const straight = straightTo(setting);
  const sides = semantics.map((semantic) => stagedRound(createStagedSink(sink.frontend, aws, semantic), setting));
  const done: Done[][] = [];
  for (let round = 0; round <= rounds; round++) {
    const both = [{ spent: await straight.round(), loads: loadsPerRound, requests: {} }];
    for (const side of sides) both.push(await side());
    if (round > 0) done.push(both);
  }
  await straight.close();
  const [floor, plain, once] = [0, 1, 2].map((side) => sumDone(done.flatMap((round) => round[side] ?? [])));
  if (!floor || !plain || !once) throw new Error('No round was measured.');
  return linesOf(rounds * roundBytes, { floor, 'at-least-once': plain, 'exactly-once': once });
}

function straightTo({ event, segmentsPerLoad, sink }: Setting) {
  const segment = event.rows.join(',');
  const body = Buffer.from(`[${Array(segmentsPerLoad).fill(segment).join(',')}]`);
  const pool = new Pool(sink.backend);
  const put = async () => {
    for (let load = 0; load < loadsPerRound; load++)
      await (await pool.request({ method: 'PUT', path: '/api/bench/orders/_stream_load', body })).body.text();
  };
  return { round: () => spend({ prepare: () => null, run: put }), close: () => pool.close() };
}

function stagedRound(
  staged: StagedSink,
  { event, segmentBytes, segmentsPerLoad, sink, aws }: Setting,
): () => Promise<Done> {
  const events = loadsPerRound * segmentsPerLoad;
  return async () => {
    const [requestsBefore, takenBefore] = [await aws.requests(), await sink.taken()];
    const spent: Spent[] = [];
    for (let left = events; left > 0; left--)
      spent.push(await spend({ prepare: () => freshEvent(event.json), run: (fresh) => staged.ingest(fresh) }));
    const pointers = await staged.receive(events);
    spent.push(await spend({ prepare: () => pointers, run: (all) => staged.load(all) }));
    await staged.delete(pointers);
    const [requests, taken] = [requestsBetween(requestsBefore, await aws.requests()), await sink.taken()];
    const bytes = taken.bytes - takenBefore.bytes;
    // What joins segments to a body: a comma between two, two brackets around all.
    const expected = events * (segmentBytes + 1) + loadsPerRound;
    if (bytes !== expected) throw new Error(`The null sink took ${bytes} bytes, expected were ${expected}.`);
    await aws.forget(pointers.map(({ body }) => readPointer(body)?.key ?? ''));
    const queued = requestsOfQueue(events * messagesIn(event), bytesPerMessage(event));
    return { spent: sumSpent(spent), loads: taken.loads - takenBefore.loads, requests: sumRequests(requests, queued) };
  };
}

/** The event with messages and chunks that were never seen before. */
function freshEvent(json: string): SQSEvent {
  const { Records } = JSON.parse(json) as SQSEvent;
  const chunk = () => ({ stringValue: randomUUID(), dataType: 'String' });
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

const sumDone = (done: readonly Done[]): Done => ({
  spent: sumSpent(done.map(({ spent }) => spent)),
  loads: done.reduce((sum, { loads }) => sum + loads, 0),
  requests: sumRequests(...done.map(({ requests }) => requests)),
});

function linesOf(bytes: number, done: Readonly<Record<Semantic | 'floor', Done>>): Line[] {
  const size = `${(bytes / gigabyte).toFixed(1)} GB of ${bytesPerRow}-byte rows`;
  const speed = (side: keyof typeof done) => bytes / 1e6 / (done[side].spent.wallMs / 1000);
  const speedOf = (side: keyof typeof done) => `${formatCount(speed(side))} MB/s`;
  const perGigabyte = (semantic: Semantic) => scaleRequests(done[semantic].requests, gigabyte / bytes);
  const price = (semantic: Semantic) => priceOf(perGigabyte(semantic));
  const rowsPerSecond = (semantic: Semantic) => formatCount((speed(semantic) * 1e6) / (bytesPerRow + 1));
  return [
    ...semantics.map((semantic) => ({
      what: `staged, ${semantic}: ${size}`,
      measured: `${rowsPerSecond(semantic)} rows/s, ${speedOf(semantic)}`,
      against: `${speedOf('floor')}: PUT of ${loadsBytes} bodies`,
      ratio: speed(semantic) / speed('floor'),
    })),
    {
      what: 'staged, exactly-once: speed',
      measured: speedOf('exactly-once'),
      against: `${speedOf('at-least-once')}: at-least-once`,
      ratio: speed('exactly-once') / speed('at-least-once'),
      target: { atLeast: 0.8 },
    },
    ...semantics.map((semantic) => ({
      what: `staged, ${semantic}: loads per GB`,
      measured: ((done[semantic].loads * gigabyte) / bytes).toFixed(1),
      against: `${(gigabyte / maxLoadBytes).toFixed(1)}: loads of ${loadsBytes}`,
      ratio: done[semantic].loads / (bytes / maxLoadBytes),
    })),
    ...semantics.map((semantic) => ({
      what: `staged, ${semantic}: S3 and SQS per GB, $${price(semantic).toFixed(4)}`,
      measured: Object.entries(perGigabyte(semantic))
        .map(([action, count]) => `${formatCount(count)} ${action}`)
        .join(', '),
      against: `$${price('at-least-once').toFixed(4)}: at-least-once`,
      ratio: price(semantic) / price('at-least-once'),
    })),
  ];
}

const loadsBytes = '90 MiB';
