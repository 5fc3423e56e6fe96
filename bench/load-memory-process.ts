/**
 * One measurement of memory, in a process of its own: the load function loads many segments as one batch.
 *
 * argv: LoadSetup as JSON. Sends a LoadPeak to the parent.
 */
import { sqsRecord } from '../test/builders.ts';
import type { LoadPeak, LoadSetup } from './load-memory.ts';
import { createStagedSink } from './staged-sink.ts';

const { frontend, aws, semantic, pointers, maxBytes, maxRows } = JSON.parse(process.argv[2] ?? '') as LoadSetup;
const staged = createStagedSink(frontend, aws, semantic, {
  'sink.buffer-flush.max-bytes': maxBytes,
  'sink.buffer-flush.max-rows': maxRows,
});
const [first, ...batch] = pointers.map((body, index) => sqsRecord({ messageId: `m${index}`, body }));
if (first === undefined) throw new Error('There is no pointer.');
await staged.load([first]);
const before = process.memoryUsage.rss();
await staged.load(batch);
process.send?.({ peak: process.resourceUsage().maxRSS * 1024, before } satisfies LoadPeak);
process.disconnect?.();
