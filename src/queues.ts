import type { SQSRecord } from 'aws-lambda';

/** Hides messages for so many seconds. */
export type Postpone = (records: readonly SQSRecord[], seconds: number) => Promise<void>;

/** The load queue as a function sees it that polls by itself. */
export interface PolledQueue {
  /** Up to ten messages; none when none came within a few seconds. */
  receive(): Promise<SQSRecord[]>;
  delete(records: readonly SQSRecord[]): Promise<void>;
  /** Its messages tell no queue, so it hides them itself. */
  readonly postpone: Postpone;
}
