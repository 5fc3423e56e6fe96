import type { SQSBatchItemFailure, SQSBatchResponse } from 'aws-lambda';

/** @throws Error: the answer names messages, although the null sink takes everything */
export function expectNoFailure(answer: SQSBatchResponse | SQSBatchItemFailure[]): void {
  if ('batchItemFailures' in answer && answer.batchItemFailures.length === 0) return;
  throw new Error(`The null sink takes everything, and the handler answered ${JSON.stringify(answer).slice(0, 200)}.`);
}
