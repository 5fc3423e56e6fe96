import { createPressure, easing } from '../delivery/pressure.ts';
import { SinkError } from '../kit/errors.ts';
import type { LoadDeps } from '../pipeline/load.ts';
import { createPace } from '../pipeline/pace.ts';
import type { PolledQueue } from '../queues.ts';
import { type Chunk, newChunk } from '../rows/chunk.ts';
import { inflateStream } from '../rows/inflate-stream.ts';
import type { Segment } from '../rows/segment.ts';
import { joinStreams } from '../rows/stream-body.ts';
import { wireSemantic } from './wire-delivery.ts';
import { csvLayoutOf, keepsBadRows, type Parts } from './wiring.ts';

/** Everything the load pipeline needs, made from options. */
export function wireLoad(parts: Parts): LoadDeps & { readonly queue: PolledQueue } {
  const { options, telemetry, objects, queue, clock } = parts;
  if (objects === undefined || queue === undefined) {
    throw new SinkError('OPTIONS_INVALID', 'The load function needs sink.bucket and sink.load-queue-url.');
  }
  const open = ({ key, compression }: Segment) => inflateStream(objects.open(key), compression);
  const csv = csvLayoutOf(options);
  const read = async (segment: Segment): Promise<Chunk> => {
    const text = Buffer.concat(await Array.fromAsync(open(segment))).toString();
    const layout = segment.destination.headers['format'] === 'csv' ? 'csv' : 'items';
    const { id, rows, bytes, destination } = segment;
    return newChunk({ id, ...destination, rows, bytes, layout, text });
  };
  const semantic = wireSemantic(parts);
  return {
    limits: {
      maxRows: options['sink.buffer-flush.max-rows'],
      maxBytes: Math.min(options['sink.buffer-flush.max-bytes'], semantic.maxLoadBytes),
      endsAtDeletes: true,
    },
    delivery: easing(
      semantic.deliver(joinStreams(open), keepsBadRows(parts) ? { objects, csv, read } : undefined),
      createPressure(clock),
    ),
    clock,
    pace: createPace(),
    queue,
    postpone: parts.postpone,
    rejectedIn: keepsBadRows(parts) ? parts.objects : undefined,
    telemetry,
  };
}
