/** Limits of AWS that a deployment must keep. @source SQS and Lambda developer guides, "quotas" */
export const awsLimits = {
  /** Longest a function runs. */
  functionTimeoutS: 900,
  /** Longest an event source gathers a batch. */
  windowS: 300,
  visibilityS: 12 * 3600,
  /** Largest `maxReceiveCount`. */
  receives: 1000,
  /** Most messages in one batch; FIFO queues have no window. */
  batchSize: 10_000,
  batchSizeWithoutWindow: 10,
  queueRetentionDays: 14,
  /** All environment variables of a function together, names and values. */
  environmentBytes: 4096,
  concurrency: { min: 2, max: 1000 },
  memoryMiB: { min: 128, max: 10_240 },
} as const;

/** Dead letters are kept as long as SQS allows. */
export const deadLetterDays = awsLimits.queueRetentionDays;
