import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type {
  SendMessageBatchCommand,
  SendMessageBatchCommandOutput,
  SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import type { Clock } from '../../src/kit/clock.ts';

type Entry = SendMessageBatchRequestEntry;
type Answer = Omit<SendMessageBatchCommandOutput, '$metadata'>;

export const successOf = ({ Id }: Entry) => ({ Id, MessageId: `m-${Id}`, MD5OfMessageBody: '' });

export const failureOf = ({ Id }: Entry, SenderFault = false, Code = 'InternalError') => ({
  Id,
  Code,
  SenderFault,
  Message: 'scripted',
});

/** A queue that takes everything, or does what `answer` says; it remembers the batches it saw and what it took. */
export function fakeQueue(answer?: (entries: readonly Entry[], call: number) => Answer | Promise<Answer>) {
  const batches: Entry[][] = [];
  const taken: Entry[] = [];
  const client = {
    async send(command: SendMessageBatchCommand): Promise<SendMessageBatchCommandOutput> {
      const entries = command.input.Entries ?? [];
      batches.push(entries);
      const result = (await answer?.(entries, batches.length)) ?? { Successful: entries.map(successOf), Failed: [] };
      const ids = new Set(result.Successful?.map(({ Id }) => Id));
      taken.push(...entries.filter(({ Id }) => ids.has(Id)));
      return { ...result, $metadata: {} } as SendMessageBatchCommandOutput;
    },
  };
  return { client, batches, taken };
}

/** A clock whose sleeps end at once, and are remembered. A linger never ends. */
export function instantClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: () => 0,
    random: () => 1,
    sleep: (ms, signal) => {
      if (signal !== undefined) return new Promise(() => undefined);
      waits.push(ms);
      return Promise.resolve();
    },
  };
}

/** What SQS counts, by its own definition and not by the producer's code. */
export function messageBytes({ MessageBody = '', MessageAttributes = {} }: Entry): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType, StringValue }]) => name + DataType + StringValue,
  );
  return Buffer.byteLength(MessageBody) + Buffer.byteLength(attributes.join(''));
}

export const attribute = (entry: Entry, name: string): string | undefined =>
  entry.MessageAttributes?.[name]?.StringValue;

/** The text of a message as a consumer inflates it. */
export function textOf(entry: Entry): string {
  const body = entry.MessageBody ?? '';
  const encoding = attribute(entry, 'encoding');
  if (encoding === undefined) return body;
  const inflate = encoding === 'zstd' ? zstdDecompressSync : gunzipSync;
  return inflate(Buffer.from(body, 'base64')).toString();
}

/** The rows of a JSON message, as text. */
export const linesOf = (entry: Entry): string[] => textOf(entry).trimEnd().split('\n');

export const queueUrl = 'http://127.0.0.1/000000000000/rows';
export const fifoUrl = `${queueUrl}.fifo`;
