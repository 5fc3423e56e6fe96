import { SinkError } from '../kit/errors.ts';
import { mostIdCharacters } from '../rows/chunk.ts';
import { type AwsClients, awsClients } from './aws-clients.ts';
import { type DefinedTable, type Destination, isDefined, type RowsFor } from './destination.ts';
import { Dispatcher } from './dispatcher.ts';
import { type Lane, Lanes } from './lanes.ts';
import type { RowPack } from './message.ts';
import { type SendSummary, sendFailed } from './outcome.ts';
import { messageFormat, type ProducerOptions, type ProducerSettings, producerSettings } from './producer-options.ts';
import { RowTaker } from './row-taker.ts';
import { createCsvRowWriter, type Operation, type Row, type RowWriter, writeJsonRow } from './row-text.ts';
import { sqsLimits } from './sqs-limits.ts';
import { parseTableName } from './table-name.ts';

export type { DefinedTable } from './destination.ts';
export type { RowsRefused, SendFailed, SendSummary, UnsentChunk } from './outcome.ts';
export type { ProducerOptions } from './producer-options.ts';
export type { Row } from './row-text.ts';
export type { TableName } from './table-name.ts';

export interface SendOptions {
  /** Marks every row of the call (`__op`), for primary-key tables. */
  readonly op?: Operation | undefined;
  /** Sends all rows of the call as one chunk under this id, or none of them. The sink takes a chunk id once. */
  readonly chunk?: string | undefined;
  /** Takes no row behind the first refused one. */
  readonly stopAtRefused?: boolean | undefined;
}

export interface Producer {
  /**
   * Takes rows, and waits while too much is in the air. They are sent when their message is full, when they have lingered,
   * or by `flush`.
   *
   * @in     table: its name, or what `defineTable` made, which each row is held against
   *         rows: one object, one row as text, or an iterable of these
   * @throws RowsRefused (a SinkError with `refused`): some rows cannot be sent as they are; the others were taken.
   *         SendFailed: far too much could not be sent before, nothing more is taken. SinkError NAME_INVALID
   */
  send<const D extends Destination, const O extends SendOptions>(
    table: D,
    rows: RowsFor<D, O>,
    options?: O,
  ): Promise<void>;
  /**
   * Sends what was taken so far and waits for SQS' answers.
   *
   * @throws SendFailed (a SinkError with `unsent`): what SQS did not take since this was last told
   */
  flush(): Promise<SendSummary>;
  /** Flushes, takes no more rows, and closes the clients that the producer made. */
  close(): Promise<SendSummary>;
}

/**
 * Makes a producer: packs rows into few, large messages and sends them to the sink's queue.
 *
 * @throws SinkError OPTIONS_INVALID
 */
export const createProducer = (options: ProducerOptions): Producer => new QueueProducer(producerSettings(options));

/** Compressed and in base64, no body grows by more than this. */
const worstGrowth = 1.4;
/** Unsent rows are kept for the caller up to here; past it, `send` tells of them instead of taking more. */
const maxUnsentBytes = 64 * 1024 * 1024;

function throwUnlessId(chunk: string): void {
  if (chunk.length >= 1 && chunk.length <= mostIdCharacters) return;
  const found = `The chunk id has ${chunk.length} characters; expected are 1 to ${mostIdCharacters}.`;
  throw new SinkError('MESSAGE_ATTRIBUTE_INVALID', found);
}

class QueueProducer implements Producer {
  readonly #settings: ProducerSettings;
  readonly #writeRow: RowWriter;
  readonly #clients: AwsClients;
  readonly #dispatcher: Dispatcher;
  readonly #lanes: Lanes;
  #isClosed = false;
  /** Rows and chunks that wait for room, or for S3, before they are on their way. */
  readonly #taking = new Set<Promise<unknown>>();

  constructor(settings: ProducerSettings) {
    const { format, columns } = settings;
    this.#settings = settings;
    this.#writeRow = format === 'json' ? writeJsonRow : createCsvRowWriter({ ...settings, columns });
    this.#clients = awsClients(settings);
    this.#dispatcher = new Dispatcher(settings, this.#clients);
    this.#lanes = new Lanes({
      ...settings,
      format: messageFormat(settings),
      submit: (pack, lane) => void this.#submitGathered(pack, lane),
      lingered: () => void this.#drain(),
    });
  }

  async send(
    table: Destination,
    rows: Row | Iterable<Row> | AsyncIterable<Row>,
    options: SendOptions = {},
  ): Promise<void> {
    this.#throwClosed();
    const defined = isDefined(table) ? table : undefined;
    const lane = this.#lanes.of(parseTableName(isDefined(table) ? table.name : table, this.#settings.database));
    this.#throwTooMuchUnsent();
    const { op, chunk, stopAtRefused = false } = options;
    if (chunk !== undefined) throwUnlessId(chunk);
    const gathered: string[] = [];
    const taker = new RowTaker({
      write: (row) => this.#write(row, op, defined),
      take: chunk === undefined ? (text) => this.#take(text, lane) : (text) => void gathered.push(text),
      stopAtRefused,
    });
    await taker.takeAll(rows);
    taker.throwRefused();
    if (chunk !== undefined && gathered.length > 0) {
      this.#throwClosed();
      await this.#whileTaking(this.#sendChunk(gathered, lane, chunk));
    }
  }

  async flush(): Promise<SendSummary> {
    await this.#drain();
    const unsent = this.#dispatcher.takeUnsent();
    if (unsent.length > 0) throw sendFailed(unsent);
    this.#dispatcher.throwProgressFailure();
    return this.#dispatcher.summary();
  }

  async close(): Promise<SendSummary> {
    this.#isClosed = true;
    try {
      // Whoever is taking rows takes this one still, and then is told.
      await Promise.allSettled(this.#taking);
      return await this.flush();
    } finally {
      this.#clients.destroy();
    }
  }

  #write(row: Row, op: Operation | undefined, table: DefinedTable | undefined): string {
    const text = this.#writeRow(row, op);
    if (table === undefined) return text;
    const isJson = this.#settings.format === 'json';
    const isCsvText = typeof row === 'string' && !isJson;
    const problem = isCsvText
      ? 'The row is CSV text, and rows of a table that is defined are objects'
      : table.problemOf(row, isJson ? text : writeJsonRow(row, op));
    if (problem !== undefined) throw new SinkError('VALUE_UNFIT', `${problem}.`);
    return text;
  }

  #take(text: string, lane: Lane): Promise<SinkError | undefined> | undefined {
    this.#throwClosed();
    const bytes = Buffer.byteLength(text);
    if (bytes * worstGrowth + lane.overheadBytes > sqsLimits.messageBytes) {
      return this.#whileTaking(this.#takeLarge(text, lane));
    }
    this.#lanes.add(lane, text, bytes);
    return this.#dispatcher.room()?.then(() => this.#throwTooMuchUnsent());
  }

  /** A row that may need a message of its own, or S3, is tried at once, so that `send` can tell when it does not fit. */
  async #takeLarge(text: string, lane: Lane): Promise<SinkError | undefined> {
    this.#lanes.seal(lane);
    await this.#dispatcher.room();
    return this.#dispatcher.submit(this.#lanes.pack(lane, [text]), { keepsChunk: true });
  }

  async #sendChunk(rows: readonly string[], lane: Lane, chunk: string): Promise<void> {
    this.#lanes.seal(lane);
    await this.#dispatcher.room();
    const refusal = await this.#dispatcher.submit(this.#lanes.pack(lane, rows, chunk), { keepsChunk: true });
    if (refusal !== undefined) throw refusal;
  }

  async #submitGathered(pack: RowPack, lane: Lane): Promise<void> {
    const learn = (inflatedBytes: number, bodyBytes: number) => lane.packer.learn(inflatedBytes, bodyBytes);
    const refusal = await this.#dispatcher.submit(pack, { learn });
    if (refusal !== undefined) this.#dispatcher.fail(pack, refusal.detail);
  }

  async #drain(): Promise<void> {
    this.#lanes.sealAll();
    await this.#dispatcher.drain();
  }

  async #whileTaking<T>(taking: Promise<T>): Promise<T> {
    this.#taking.add(taking);
    try {
      return await taking;
    } finally {
      this.#taking.delete(taking);
    }
  }

  /** A row that is met while `close` has begun is refused, not lost: those before it are sent. */
  #throwClosed(): void {
    if (this.#isClosed)
      throw new SinkError('PRODUCER_CLOSED', 'It was given rows after close; none of these was taken.');
  }

  #throwTooMuchUnsent(): undefined {
    if (this.#dispatcher.unsentBytes > maxUnsentBytes) throw sendFailed(this.#dispatcher.takeUnsent());
  }
}
