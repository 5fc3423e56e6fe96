import { type CredentialSource, fixedCredentials, secretCredentials } from '../aws/credentials.ts';
import type { Clock } from '../kit/clock.ts';
import { decodeDelimiter } from '../kit/delimiters.ts';
import type { Payloads } from '../messages/payload-pointer.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Routes } from '../options/compile-routes.ts';
import type { SinkOptions } from '../options/table.ts';
import type { PolledQueue, Postpone } from '../queues.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import type { Segment } from '../rows/segment.ts';
import type { Telemetry } from '../telemetry.ts';

/** What every function is made from. */
export interface Parts {
  readonly options: SinkOptions;
  readonly routes: Routes;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** No run of a function lasts longer; a claim that is older and has no decision was left behind. */
  readonly longestRunMs: number;
  /** Memory of the function. */
  readonly memoryBytes: number;
  /** Loads what the first call to the bucket will need: to be called while something else is waited for. */
  readonly prepareObjects: () => void;
  /**
   * What is reached of AWS until a moment, epoch milliseconds: whatever is under way then is aborted. There is no other way to it,
   * so no call can outlive its invocation.
   */
  readonly reach: (untilMs: number) => Reach;
}

/** What a function reaches of AWS. */
export interface Reach {
  /** The bucket, when one is set. */
  readonly objects: ObjectStore | undefined;
  readonly postpone: Postpone;
  /** Where large payloads may stand. */
  readonly payloads: Payloads | undefined;
  /** The load queue, to be polled, when one is set. */
  readonly queue: PolledQueue | undefined;
  /** Sends a pointer to the load queue, when one is set. */
  readonly sendPointer: ((segment: Segment) => Promise<void>) | undefined;
  /** Asks whether pointers may be sent to the load queue, when one is set. @throws SinkError: why not */
  readonly askToSend: (() => Promise<void>) | undefined;
}

/** Of the reserve behind the deadline, what closing takes at the most: parking, giving back, deleting pointers. */
const closingPart = 0.8;

/** What is reached behind the deadline still, while the answer is made ready. */
export const reachToClose = ({ reach, options }: Parts, deadlineMs: number): Reach =>
  reach(deadlineMs + options['sink.deadline-reserve-ms'] * closingPart);

export function credentialsOf(options: SinkOptions, clock: Clock): CredentialSource {
  const { 'sink.secret-id': secretId, username = '', password = '' } = options;
  return secretId === undefined ? fixedCredentials({ username, password }) : secretCredentials(secretId, clock);
}

export function csvLayoutOf({ properties }: SinkOptions): CsvLayout {
  return {
    columnSeparator: decodeDelimiter(properties['column_separator'] ?? '\t'),
    rowDelimiter: decodeDelimiter(properties['row_delimiter'] ?? '\n'),
    enclose: properties['enclose'],
    escape: properties['escape'],
    trims: properties['trim_space']?.toLowerCase() === 'true',
  };
}

/** How CSV of messages is written that says nothing itself. */
export function csvOfMessages(options: SinkOptions): CsvLayout {
  const ofLoads = csvLayoutOf(options);
  const given = (name: 'column-separator' | 'row-delimiter') => {
    const text = options[`sink.csv.${name}`];
    return text === undefined ? undefined : decodeDelimiter(text);
  };
  const nulls = options['sink.csv.null'];
  return {
    columnSeparator: given('column-separator') ?? ofLoads.columnSeparator,
    rowDelimiter: given('row-delimiter') ?? ofLoads.rowDelimiter,
    enclose: options['sink.csv.enclose'] ?? ofLoads.enclose,
    escape: options['sink.csv.escape'] ?? ofLoads.escape,
    trims: options['sink.csv.trim-space'] || ofLoads.trims,
    ...(nulls.length > 0 ? { nulls } : {}),
  };
}

/** Bad rows can be kept where there is a bucket, and where nobody wants their whole message back. */
export const keepsBadRows = (options: SinkOptions): boolean =>
  options['sink.bucket'] !== undefined && options['sink.on-bad-row'] === 'reject';
