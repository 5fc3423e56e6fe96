import { SinkError } from '../kit/errors.ts';
import type { PolledQueue } from '../pipeline/drain.ts';
import type { LoadDeps } from '../pipeline/load.ts';
import { createPace } from '../pipeline/pace.ts';
import type { Chunk } from '../rows/chunk.ts';
import { inflateStream } from '../rows/inflate-stream.ts';
import type { Segment } from '../rows/segment.ts';
import { joinStreams } from '../rows/stream-body.ts';
import { csvLayoutOf, keepsBadRows, type Parts, wireDelivery } from './wiring.ts';

/**
 * One JSON array is one document for StarRocks, and its parser takes no 4 GiB; a transaction sends several.
 *
 * @source Stream Load reference §7.1
 */
const maxDocumentBytes = 3 * 1024 ** 3;

/** Everything the load pipeline needs, made from options. */
export function wireLoad(parts: Parts): LoadDeps & { readonly queue: PolledQueue } {
  const { options, telemetry, objects, queue } = parts;
  if (objects === undefined || queue === undefined) {
    throw new SinkError('OPTIONS_INVALID', 'The load function needs sink.bucket and sink.load-queue-url.');
  }
  const open = ({ key, compression }: Segment) => inflateStream(objects.open(key), compression);
  const csv = csvLayoutOf(options);
  const read = async (segment: Segment): Promise<Chunk> => {
    const text = Buffer.concat(await Array.fromAsync(open(segment))).toString();
    const layout = segment.destination.headers['format'] === 'csv' ? 'csv' : 'items';
    const { id, rows, bytes, destination } = segment;
    return {
      ...{ id, rows, bytes, layout, text },
      messageId: id,
      database: destination.database,
      table: destination.table,
      columns: undefined,
    };
  };
  const maxBytes = options['sink.buffer-flush.max-bytes'];
  const isOneDocument = options['sink.semantic'] === 'at-least-once' && options.properties['format'] !== 'csv';
  return {
    limits: {
      maxRows: options['sink.buffer-flush.max-rows'],
      maxBytes: isOneDocument ? Math.min(maxBytes, maxDocumentBytes) : maxBytes,
      endsAtDeletes: true,
    },
    delivery: wireDelivery(parts),
    segments: { join: joinStreams(open), badRows: keepsBadRows(parts) ? { objects, csv, read } : undefined },
    pace: createPace(),
    queue,
    postpone: parts.postpone,
    telemetry,
  };
}
