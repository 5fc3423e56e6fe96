import { readPointer } from '../src/rows/segment.ts';
import { billAt, lowestOf, others, packingsIn, rates } from './bill-beside.ts';
import { billed, billOf } from './bill-price.ts';
import { type EventKind, eventOf } from './events.ts';
import { freshEvent } from './large.ts';
import { formatCount, type Line, type Point } from './lines.ts';
import { startLocalAws } from './local-aws.ts';
import { medianSpent, type Spent, spend } from './measure.ts';
import { priceOf, requestsBetween, requestsOfQueue, scaleRequests, sumRequests } from './requests.ts';
import { startNullSink } from './sink-process.ts';
import { createStagedSink } from './staged-sink.ts';

const bytesPerRow = 200;
const warmUps = 3;
/** What a gigabyte of rows asks of AWS, exactly once: requests, and milliseconds of both functions. docs/costs.md makes the bill of it. */
export async function benchBill(): Promise<readonly Line[]> {
  const lines = [
    await lineOf('packed JSON', 15),
    await lineOf('packed JSON, zstd', 6),
    await lineOf('one row a message', 30),
  ];
  const points = lines.flatMap((line) => line.points ?? []);
  return [...lines, ...rates.flatMap((rate) => besideAt(rate, points))];
}

/** 100 GB at a rate, beside the lowest of the others. */
function besideAt(rate: number, points: readonly Point[]): readonly Line[] {
  return packingsIn(points).map((packing) => {
    const bill = billAt(rate, packing, points);
    const lowest = lowestOf(bill, others);
    return {
      what: `bill, exactly-once, ${packing.name}: 100 GB at ${rate} MB/s`,
      measured: `$${bill['this sink'].toFixed(2)}`,
      against: `$${bill[lowest].toFixed(2)}: ${lowest}, computed from its prices`,
      ratio: bill['this sink'] / bill[lowest],
      target: { below: 1 },
    };
  });
}

async function lineOf(kind: EventKind, events: number): Promise<Line> {
  const event = await eventOf(kind, bytesPerRow);
  using sink = await startNullSink({ bytesPerRow });
  using aws = await startLocalAws();
  const staged = createStagedSink(sink.frontend, aws, 'exactly-once');
  const segments = kind === 'one row a message' ? 0 : 1;
  const ingests: Spent[] = [];
  const run = async (count: number): Promise<Spent> => {
    for (let left = count; left > 0; left--)
      ingests.push(await spend({ prepare: () => freshEvent(event.json), run: (fresh) => staged.ingest(fresh) }));
    if (segments === 0) return { wallMs: 0, cpuMs: 0 };
    const pointers = await staged.receive(count);
    const load = await spend({ prepare: () => pointers, run: (all) => staged.load(all) });
    await staged.delete(pointers);
    await aws.forget(pointers.map(({ body }) => readPointer(body)?.key ?? ''));
    return load;
  };
  await run(warmUps);
  ingests.length = 0;
  const before = await aws.requests();
  const load = await run(events);
  const { DeleteObject: _, ...asked } = requestsBetween(before, await aws.requests());
  const { Records } = freshEvent(event.json);
  // Compressed bodies differ in length.
  const sent = Records.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  const queued = requestsOfQueue(events * Records.length, sent / Records.length);
  const bytes = events * event.rows.length * bytesPerRow;
  const perGB = 1e9 / bytes;
  const counts = {
    ...scaleRequests(sumRequests(asked, queued), perGB),
    [billed.invocations]: (events + segments) * perGB,
    [billed.ms]: (events * medianSpent(ingests).wallMs + load.wallMs) * perGB,
    [billed.stored]: segments * 1e9,
    [billed.share]: (sent * events) / bytes,
  };
  const points = Object.entries(counts).map(([x, y]): Point => ({ plot: 'bill', series: kind, x, y }));
  const [requests, all] = [priceOf(scaleRequests(sumRequests(asked, queued), perGB)), billOf(points, kind)];
  return {
    what: `bill, exactly-once, ${kind}: 1 GB of rows`,
    measured: `$${all.total.toFixed(4)}: ${formatCount(counts[billed.ms] ?? 0)} ms of functions, ${formatCount(counts[billed.invocations] ?? 0)} invocations`,
    against: `$${requests.toFixed(4)}: its requests`,
    ratio: all.total / requests,
    points,
  };
}
