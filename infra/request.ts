import type { RawOptions } from '../src/options/parse.ts';
import type { SinkRequest, StageRequest } from './plan.ts';
import type { StageProps, StarRocksSinkProps } from './sink-props.ts';

/** The properties of the construct in plain numbers, as the checks take them. */
export function requestOf(props: StarRocksSinkProps, options: RawOptions): SinkRequest {
  return {
    options,
    routes: props.routes,
    hasSecret: props.secret !== undefined,
    fifo: props.fifo ?? false,
    ingest: stageRequest(props.ingest),
    load: stageRequest(props.load),
    queueRetentionDays: props.queueRetention?.toDays({ integral: false }),
    segmentRetentionDays: props.segmentRetention?.toDays({ integral: false }),
    rejectedRetentionDays: props.rejectedRetention?.toDays({ integral: false }),
    rideOutHours: props.rideOut?.toHours({ integral: false }),
    lateAfterS: props.lateAfter?.toSeconds(),
  };
}

const stageRequest = (stage: StageProps = {}): StageRequest => ({
  timeoutS: stage.timeout?.toSeconds(),
  memoryMiB: stage.memory?.toMebibytes(),
  maxConcurrency: stage.maxConcurrency,
  visibilityS: stage.visibilityTimeout?.toSeconds(),
});
