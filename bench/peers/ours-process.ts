/**
 * The ingest function in a process of its own, as the peers are. argv: frontend, kind of event, file with the event. Each message of the
 * parent is a number of events: they are loaded, and what that took is sent back. Parsing the event is the runtime's, and not counted.
 */
import { readFileSync } from 'node:fs';
import type { SQSEvent } from 'aws-lambda';
import type { EventKind } from '../events.ts';
import { ingestInto } from '../ingest-target.ts';
import { spend } from '../measure.ts';
import type { PeerSpent } from './jvm.ts';

const [frontend = '', kind, file = ''] = process.argv.slice(2);
const json = readFileSync(file, 'utf8');
const load = ingestInto(frontend, kind as EventKind);

process.on('message', async (events: number) => {
  const total = { wallMs: 0, cpuMs: 0 };
  for (let left = events; left > 0; left--) {
    const { wallMs, cpuMs } = await spend({ prepare: () => JSON.parse(json) as SQSEvent, run: load });
    total.wallMs += wallMs;
    total.cpuMs += cpuMs;
  }
  process.send?.({ ...total, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies PeerSpent);
});
