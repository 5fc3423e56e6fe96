import { createPressure, easing } from '../delivery/pressure.ts';
import { SinkError } from '../kit/errors.ts';
import type { LoadDeps } from '../pipeline/load.ts';
import { createPace } from '../pipeline/pace.ts';
import { type LimitsOf, limitsUnder } from '../pipeline/plan-lanes.ts';
import { RejectionMemory } from '../pipeline/rejections.ts';
import type { PolledQueue } from '../queues.ts';
import { inflateStream } from '../rows/inflate-stream.ts';
import { segmentReader } from '../rows/row-readers.ts';
import type { Segment } from '../rows/segment.ts';
import { joinStreams } from '../rows/stream-body.ts';
import { tableOptions } from './table-options.ts';
import { wireSemantic } from './wire-delivery.ts';
import { csvLayoutOf, keepsBadRows, type Parts, reachToClose } from './wiring.ts';

/** Everything the load pipeline needs, made from options. */
export function wireLoad(parts: Parts): (deadlineMs: number) => LoadDeps & { readonly queue: PolledQueue } {
  const { options, telemetry, clock } = parts;
  const csv = csvLayoutOf(options);
  const semantic = wireSemantic(parts);
  const kept = { clock, telemetry, pace: createPace(), rejections: new RejectionMemory() };
  const pressure = createPressure(clock);
  const optionsOf = tableOptions(parts);
  const limitsOf: LimitsOf = (table) => {
    const [own, mostBytes] = [optionsOf(table), semantic.maxLoadBytes(table)];
    const maxRows = own['sink.buffer-flush.max-rows'];
    const maxBytes = Math.min(own['sink.buffer-flush.max-bytes'], mostBytes);
    return limitsUnder(pressure, table, { maxRows, maxBytes, mostBytes, endsAtDeletes: true });
  };
  return (deadlineMs) => {
    const [reach, closing] = [parts.reach(deadlineMs), reachToClose(parts, deadlineMs)];
    const { objects } = reach;
    if (objects === undefined || closing.queue === undefined) {
      throw new SinkError('OPTIONS_INVALID', 'The load function needs sink.bucket and sink.load-queue-url.');
    }
    const open = ({ key, compression }: Segment) => inflateStream(objects.open(key), compression);
    const badRows = keepsBadRows(options) ? { ...segmentReader(csv, open), objects } : undefined;
    return {
      ...{ ...kept, limitsOf, queue: closing.queue, postpone: closing.postpone },
      delivery: easing(semantic.deliver(joinStreams(open), badRows, reach), pressure),
      rejectedIn: keepsBadRows(options) ? closing.objects : undefined,
      segmentsIn: closing.objects ?? objects,
    };
  };
}
