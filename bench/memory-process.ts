/**
 * One measurement of memory, in a process of its own: the peak of the resident set over what it was before the first event.
 *
 * argv: frontend, event kind, file with the event, invocations. Sends the bytes to the parent.
 */
import { readFileSync } from 'node:fs';
import type { SQSEvent } from 'aws-lambda';
import { sqsRecord } from '../test/builders.ts';
import type { EventKind } from './events.ts';
import { ingestInto } from './ingest-target.ts';
import { startNullSink } from './sink-process.ts';

const [frontend = '', kind, file = '', invocations] = process.argv.slice(2);
{
  // The first event of a process also loads code, so it is not the one that is measured.
  using sink = await startNullSink({ rows: 1 });
  await ingestInto(sink.frontend, kind as EventKind)({ Records: [sqsRecord()] });
}
const load = ingestInto(frontend, kind as EventKind);
const before = process.memoryUsage.rss();
for (let left = Number(invocations); left > 0; left--) {
  await load(JSON.parse(readFileSync(file, 'utf8')) as SQSEvent);
}
process.send?.(process.resourceUsage().maxRSS * 1024 - before);
process.disconnect?.();
