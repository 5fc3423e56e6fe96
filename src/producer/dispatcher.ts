import { isFinal, reasonOf } from '../aws/failures.ts';
import { SinkError } from '../kit/errors.ts';
import { retried } from '../kit/retry.ts';
import type { AwsClients } from './aws-clients.ts';
import { encodePack, type PackEncoding } from './encode-pack.ts';
import type { Message, RowPack } from './message.ts';
import { type PayloadStore, s3PayloadStore } from './offload.ts';
import { Outbox } from './outbox.ts';
import { type SendSummary, type UnsentChunk, unsentChunk } from './outcome.ts';
import { messageFormat, type ProducerSettings } from './producer-options.ts';
import { type SendPolicy, sendBatch } from './send-batch.ts';
import { sqsLimits } from './sqs-limits.ts';
import { groupOf, sqsToken, tableKey } from './table-name.ts';

export interface SubmitOptions {
  readonly learn?: PackEncoding['learn'];
  /** The pack must stay one message. */
  readonly keepsChunk?: boolean;
}

const nothing = (): void => undefined;

/**
 * Takes packs to SQS: pack → message(s) → outbox → batch. Packs of one table enter the outbox in the order they came,
 * although compressing and S3 take their time. What fails for good is kept until `takeUnsent`.
 */
export class Dispatcher {
  readonly #settings: ProducerSettings;
  readonly #preparation: Omit<PackEncoding, 'learn'>;
  readonly #outbox: Outbox;
  readonly #maxOnTheWay: number;
  /** One promise per pack that SQS has not answered for. */
  readonly #onTheWay = new Set<Promise<void>>();
  readonly #answered = new Map<Message, () => void>();
  readonly #tails = new Map<string, Promise<unknown>>();
  #hurries = 0;
  #unsent: UnsentChunk[] = [];
  /** UTF-8 bytes of the rows in `takeUnsent`. */
  unsentBytes = 0;
  #progressFailure: { readonly error: unknown } | undefined;
  readonly #totals = { rows: 0, messages: 0, bytes: 0, offloaded: 0 };

  constructor(settings: ProducerSettings, clients: AwsClients) {
    const { targetBytes, newId, maxInFlight } = settings;
    const policy = { attempts: settings.maxAttempts, firstWaitMs: 100, longestWaitMs: 10_000 };
    this.#settings = settings;
    this.#preparation = {
      format: messageFormat(settings),
      store: payloadStore(settings, clients, policy),
      targetBytes,
      newId,
    };
    this.#outbox = createOutbox(settings, clients, policy, {
      settled: (message, reason) => this.#settle(message, reason),
      isHurried: () => this.#hurries > 0,
    });
    const messagesPerBatch = Math.min(sqsLimits.batchEntries, Math.floor(sqsLimits.messageBytes / targetBytes));
    this.#maxOnTheWay = (maxInFlight + 1) * messagesPerBatch;
  }

  /**
   * Sends a pack, behind the packs of its table before it.
   *
   * @out  when it is in the outbox; with the refusal when no message can hold it (ROW_TOO_LARGE)
   */
  async submit(
    pack: RowPack,
    { learn = nothing, keepsChunk = false }: SubmitOptions = {},
  ): Promise<SinkError | undefined> {
    let resolve = nothing;
    const answered = new Promise<void>((done) => {
      resolve = done;
    });
    this.#onTheWay.add(answered);
    const prepared = settled(encodePack(pack, { ...this.#preparation, learn }, keepsChunk));
    const key = tableKey(pack.table);
    const turn = Promise.resolve(this.#tails.get(key)).then(() => prepared);
    this.#tails.set(key, turn);

    const result = await turn;
    const arrive = () => {
      this.#onTheWay.delete(answered);
      resolve();
    };
    if ('error' in result) {
      arrive();
      if (result.error instanceof SinkError && result.error.code === 'ROW_TOO_LARGE') return result.error;
      this.fail(pack, reasonOf(result.error));
      return undefined;
    }
    let left = result.value.length;
    for (const message of result.value) {
      this.#answered.set(message, () => {
        left--;
        if (left === 0) arrive();
      });
      this.#outbox.put(message);
    }
    return undefined;
  }

  /** Keeps a pack among what could not be sent. */
  fail(pack: RowPack, reason: string): void {
    this.#unsent.push(unsentChunk(pack, reason));
    this.unsentBytes += pack.bytes;
  }

  /** @out  undefined while there is room, and else a promise of it */
  room(): Promise<void> | undefined {
    return this.#onTheWay.size < this.#maxOnTheWay ? undefined : this.#waitForRoom();
  }

  /** Waits until everything submitted so far is answered; batches leave before they are full. */
  async drain(): Promise<void> {
    const onTheWay = [...this.#onTheWay];
    await this.#hurried(() => Promise.all(onTheWay));
  }

  takeUnsent(): readonly UnsentChunk[] {
    const unsent = this.#unsent;
    this.#unsent = [];
    this.unsentBytes = 0;
    this.#outbox.forgetBrokenGroups();
    return unsent;
  }

  /** Throws, once, what the caller's own onProgress threw. */
  throwProgressFailure(): void {
    const failure = this.#progressFailure;
    this.#progressFailure = undefined;
    if (failure) throw failure.error;
  }

  summary(): SendSummary {
    return { ...this.#totals };
  }

  async #waitForRoom(): Promise<void> {
    await this.#hurried(async () => {
      while (this.#onTheWay.size >= this.#maxOnTheWay) await Promise.race(this.#onTheWay);
    });
  }

  async #hurried(wait: () => Promise<unknown>): Promise<void> {
    // Hurrying before the last pack is in the outbox would send every message in a batch of its own.
    await Promise.all(this.#tails.values());
    this.#hurries++;
    this.#outbox.pump();
    await wait();
    this.#hurries--;
  }

  #settle(message: Message, reason: string | undefined): void {
    if (reason === undefined) {
      this.#totals.rows += message.pack.rows.length;
      this.#totals.messages++;
      this.#totals.bytes += message.bytes;
      if (message.isOffloaded) this.#totals.offloaded++;
    } else {
      this.fail(message.pack, reason);
    }
    this.#answered.get(message)?.();
    this.#answered.delete(message);
    try {
      this.#settings.onProgress?.(this.summary());
    } catch (error) {
      this.#progressFailure ??= { error };
    }
  }
}

type Settled<T> = { readonly value: T } | { readonly error: unknown };

const settled = <T>(promise: Promise<T>): Promise<Settled<T>> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

function payloadStore(settings: ProducerSettings, clients: AwsClients, policy: SendPolicy): PayloadStore | undefined {
  if (settings.bucket === undefined) return undefined;
  const store = s3PayloadStore(settings.bucket, settings.prefix, clients.s3);
  return {
    ...store,
    put: (key, body) => retried(policy, { clock: settings.clock, isFinal }, () => store.put(key, body)),
  };
}

function createOutbox(
  settings: ProducerSettings,
  clients: AwsClients,
  policy: SendPolicy,
  callbacks: Pick<ConstructorParameters<typeof Outbox>[0], 'settled' | 'isHurried'>,
): Outbox {
  const { isFifo, groupId, queueUrl, clock, maxInFlight } = settings;
  const group = ({ pack: { table } }: Message): string | undefined => {
    if (groupId !== undefined) return sqsToken(typeof groupId === 'string' ? groupId : groupId(table));
    return isFifo ? groupOf(table) : undefined;
  };
  const sender = { queueUrl, isFifo, groupOf: group, connect: clients.sqs, clock, policy };
  return new Outbox({
    ...callbacks,
    maxInFlight,
    orderedGroupOf: isFifo ? group : () => undefined,
    send: (batch) => sendBatch(batch, sender),
  });
}
