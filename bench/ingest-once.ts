import { randomUUID } from 'node:crypto';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { timeOrderedId } from '../src/kit/time-ordered-id.ts';
import { eventOf } from './events.ts';
import { ingestInto } from './ingest-target.ts';
import { formatCount, formatMs, type Line } from './lines.ts';
import { startLocalAws } from './local-aws.ts';
import { compare, ratioOf, type Side } from './measure.ts';
import { requestsBetween } from './requests.ts';
import { startNullSink } from './sink-process.ts';

/** Of the speed of at-least-once. */
const targets = { 'packed JSON': { atLeast: 0.95 }, 'one row a message': { atLeast: 0.9 } } as const;

const mostRequests = 40;

/** The ingest function exactly once beside at-least-once, and what it asks of S3. */
export async function benchOnce(kind: keyof typeof targets): Promise<readonly Line[]> {
  const { json, rows } = await eventOf(kind);
  using sink = await startNullSink({ rows: rows.length });
  using aws = await startLocalAws();
  const neverSeen = eventsAfter(Date.UTC(2026, 0, 1));
  const side = (load: (event: SQSEvent) => Promise<void>): Side<SQSEvent> => ({
    prepare: () => neverSeen(JSON.parse(json)),
    run: load,
  });
  const once = ingestInto(sink.frontend, kind, aws);
  const [ours, beside] = await compare(side(once), side(ingestInto(sink.frontend, kind)));
  const before = await aws.requests();
  const event = neverSeen(JSON.parse(json));
  await once(event);
  const asked = requestsBetween(before, await aws.requests());
  const requests = Object.values(asked).reduce((sum, count) => sum + count, 0);
  const named = Object.entries(asked).map(([action, count]) => `${formatCount(count)} ${action}`);
  return [
    {
      what: `handler, exactly-once, ${kind}: ${formatCount(rows.length)} rows`,
      measured: formatMs(ours.wallMs),
      against: `${formatMs(beside.wallMs)}: at-least-once`,
      ...ratioOf(beside, ours, 'wallMs'),
      target: targets[kind],
    },
    {
      what: `handler, exactly-once, ${kind}: CPU time`,
      measured: formatMs(ours.cpuMs),
      against: `${formatMs(beside.cpuMs)}: at-least-once`,
      ...ratioOf(beside, ours, 'cpuMs'),
    },
    {
      what: `S3 requests, exactly-once, ${kind}: ${formatCount(event.Records.length)} messages`,
      measured: `${formatCount(requests)}: ${named.join(', ')}`,
      against: `${mostRequests}: allowed`,
      ratio: requests / mostRequests,
      target: { below: 1 },
    },
  ];
}

/** Events follow each other, and the messages of one were sent in some seconds. */
const between = { events: 60_000, messages: 1 } as const;

/** Makes, of the messages of one event, others that nobody has claimed yet. */
function eventsAfter(startMs: number): (event: SQSEvent) => SQSEvent {
  let sentMs = startMs;
  return ({ Records: records }) => {
    sentMs += between.events;
    return { Records: records.map((record, at) => sentAt(sentMs + at * between.messages, record)) };
  };
}

function sentAt(sentMs: number, { messageAttributes: { chunk, ...attributes }, ...record }: SQSRecord): SQSRecord {
  return {
    ...{ ...record, messageId: randomUUID() },
    attributes: { ...record.attributes, SentTimestamp: String(sentMs) },
    messageAttributes: chunk ? { ...attributes, chunk: { ...chunk, stringValue: timeOrderedId(sentMs) } } : attributes,
  };
}
