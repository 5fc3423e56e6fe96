import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import type { MiddlewareObj } from '@middy/core';
import type { Metric } from '../options/metric-names.ts';
import type { Telemetry } from '../telemetry.ts';

/** Where a function tells of itself, and the middlewares that make it be heard. */
export interface Observer {
  readonly telemetry: Telemetry;
  // biome-ignore lint/suspicious/noExplicitAny: middy's own bound for middlewares that fit any handler
  readonly middlewares: readonly MiddlewareObj<any, any>[];
  /** Makes heard what was counted so far; otherwise it is heard when the invocation ends. */
  readonly flush?: () => void;
}

// The table of metrics says the same; its sentences are not carried into Lambda.
const unitOf = (metric: Metric) => {
  if (metric.startsWith('Bytes')) return MetricUnit.Bytes;
  if (metric.endsWith('Percent')) return MetricUnit.Percent;
  return metric.endsWith('Seconds') ? MetricUnit.Seconds : MetricUnit.Count;
};

/** Lambda says its own name; elsewhere the function is called by what it does. */
const nameOf = (functionName: string) => process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? functionName;

/** Tells CloudWatch: JSON lines, and metrics in the embedded format, which need no call. */
export function cloudWatch(functionName: string): Observer {
  const logger = new Logger({ serviceName: 'starrocks-sink' });
  const metrics = new Metrics({ namespace: 'StarRocksSink', serviceName: nameOf(functionName) });
  return {
    middlewares: [injectLambdaContext(logger), logMetrics(metrics)],
    flush: () => metrics.publishStoredMetrics(),
    telemetry: {
      event: (level, message, fields) => logger[level](message, { ...fields }),
      count: (metric, value) => void metrics.addMetric(metric, unitOf(metric), value),
    },
  };
}
