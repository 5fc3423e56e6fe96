import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import type { BadRowDeps } from '../../src/delivery/bad-rows.ts';
import type { Run } from '../../src/delivery/delivery.ts';
import { exactlyOnce } from '../../src/delivery/exactly-once.ts';
import { type SegmentWriter, stageAtLeastOnce, stageExactlyOnce, staging } from '../../src/delivery/stage.ts';
import type { Clock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { KnownBooks } from '../../src/ledger/known-books.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { SweepDeps } from '../../src/ledger/sweep.ts';
import { createRouter } from '../../src/messages/route.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import type { IngestDeps } from '../../src/pipeline/ingest.ts';
import type { LoadDeps } from '../../src/pipeline/load.ts';
import { createPace } from '../../src/pipeline/pace.ts';
import type { StarRocksCall, StarRocksReply, Transactions } from '../../src/ports.ts';
import type { Postpone } from '../../src/queues.ts';
import type { Item, Join } from '../../src/rows/batch.ts';
import { joinChunks, joinSegment } from '../../src/rows/body.ts';
import { chunkReader, segmentReader } from '../../src/rows/row-readers.ts';
import type { Segment } from '../../src/rows/segment.ts';
import { joinStreams } from '../../src/rows/stream-body.ts';
import type { SendWithErrorLog } from '../../src/starrocks/send.ts';
import { createStarRocks } from '../../src/starrocks/stream-load.ts';
import { createTransactions } from '../../src/starrocks/transaction.ts';
import { csvLayout } from '../builders.ts';
import type { Request } from './unreliable.ts';

export const functionTimeoutMs = 60_000;
const silent = { event: () => undefined, count: () => undefined };

/** What one invocation reaches, through a network that fails. */
export interface Connections {
  readonly name: string;
  readonly clock: Clock;
  readonly send: SendWithErrorLog;
  readonly objects: ObjectStore;
  readonly sendPointer: (segment: Segment) => Promise<void>;
  readonly postpone: Postpone;
  /** When this invocation must have answered, on the worker's own clock. */
  readonly deadlineMs: number;
  /** Of the process that the invocation runs in. */
  readonly books: KnownBooks;
}

/** Options of a world. */
export interface Shape {
  readonly semantic: 'at-least-once' | 'exactly-once';
  /** Bytes above which a batch is staged; undefined: there is no load queue. */
  readonly stageAboveBytes: number | undefined;
  readonly keepsBadRows: boolean;
  readonly isFifo: boolean;
  readonly maxRows: number;
}

const ledgerOf = (
  { clock, objects, sendPointer, books }: Pick<Connections, 'clock' | 'objects' | 'sendPointer' | 'books'>,
  transactions: Transactions,
  deadlineMs: number,
): Ledger => ({
  ...{ objects, clock, deadlineMs, sendPointer, books, untilMs: deadlineMs + 10_000 },
  commit: (database, label) => transactions.commit({ database, label, deadlineMs }),
});

export function sweepDeps({ send, deadlineMs, ...connections }: Connections): SweepDeps {
  const transactions = createTransactions({ send, clock: connections.clock, sanitizeErrorLog: false });
  return {
    ...ledgerOf(connections, transactions, deadlineMs),
    rollBack: (database, label) => transactions.rollback({ database, label, deadlineMs }),
  };
}

/** The two ways of a batch, by the semantic of the world. */
function semanticOf({ name, clock, send, objects, sendPointer, books }: Connections, { semantic }: Shape) {
  const settings = { clock, telemetry: silent };
  if (semantic === 'at-least-once') {
    const starrocks = createStarRocks({ send, clock, maxRetries: 1, sanitizeErrorLog: false });
    const plain = { ...settings, miscounts: objects, labelPrefix: undefined };
    return {
      deliver: <I extends Item>(join: Join<I>, badRows: BadRowDeps<I> | undefined) =>
        atLeastOnce({ ...plain, starrocks, join, badRows }),
      stage: (writer: SegmentWriter) => stageAtLeastOnce({ ...plain, ...writer, sendPointer }),
    };
  }
  let batches = 0;
  const transactions = createTransactions({ send, clock, sanitizeErrorLog: false });
  const once = {
    ...settings,
    ledger: ({ deadlineMs }: Run) => ledgerOf({ clock, objects, sendPointer, books }, transactions, deadlineMs),
    newBatchId: () => `${clock.now()}-${name}b${batches++}`,
  };
  return {
    deliver: <I extends Item>(join: Join<I>, badRows: BadRowDeps<I> | undefined) =>
      exactlyOnce({ ...once, transactions, join, badRows, maxRetries: 1, preparedTimeoutS: 86_400 }),
    stage: (writer: SegmentWriter) => stageExactlyOnce({ ...once, ...writer }),
  };
}

export function ingestDeps(connections: Connections, shape: Shape): IngestDeps {
  const { objects, clock } = connections;
  const rules = { database: 'd', table: undefined, allow: ['d.*'], properties: {} };
  const { stageAboveBytes: aboveBytes, keepsBadRows, maxRows } = shape;
  const badRows = keepsBadRows ? { ...chunkReader(csvLayout), objects } : undefined;
  const { deliver, stage } = semanticOf(connections, shape);
  const direct = deliver(joinChunks(csvLayout), badRows);
  // Where all is staged, whose rows a segment holds is too long for its pointer, and stands in S3.
  const long = aboveBytes === 0 ? { mostInPointer: 0 } : {};
  const writer: SegmentWriter = { objects, compression: 'none', join: joinSegment(csvLayout), ...long };
  return {
    decode: {
      ...{ maxInflatedBytes: 1_000_000, defaultFormat: undefined, csv: csvLayout, keepsBadRows },
      fingerprints: shape.semantic === 'exactly-once',
    },
    payloads: undefined,
    rules,
    route: createRouter(rules),
    schemaOf: async () => undefined,
    limitsOf: () => ({ maxRows, maxBytes: 1_000_000 }),
    delivery: aboveBytes === undefined ? direct : staging(direct, stage(writer), { aboveBytes, clock }),
    clock,
    postpone: connections.postpone,
    rejectedIn: keepsBadRows ? objects : undefined,
    telemetry: silent,
  };
}

export function loadDeps(connections: Connections, shape: Shape): LoadDeps {
  const { objects } = connections;
  const open = ({ key }: Segment) => objects.open(key);
  return {
    limitsOf: () => ({ maxRows: 2 * shape.maxRows, maxBytes: 1_000_000 }),
    delivery: semanticOf(connections, shape).deliver(
      joinStreams(open),
      shape.keepsBadRows ? { ...segmentReader(csvLayout, open), objects } : undefined,
    ),
    clock: connections.clock,
    pace: createPace(),
    postpone: connections.postpone,
    rejectedIn: shape.keepsBadRows ? objects : undefined,
    segmentsIn: objects,
    telemetry: silent,
  };
}

/** Sends through a network that fails; a body is read before anything is sent, as far as it can be read. */
export function unreliableSend(
  handle: (call: StarRocksCall & { readonly bytes: Buffer }) => StarRocksReply,
  errorLog: (url: string) => string | undefined,
  call: <T>(request: Omit<Request<T>, 'isAway'>) => Promise<T>,
): SendWithErrorLog {
  const lost = () => new SinkError('ANSWER_LOST', 'The connection was reset.');
  const refused = () => new SinkError('STARROCKS_UNREACHABLE', 'Tried fe:8030: ECONNREFUSED.');
  const send = async (request: StarRocksCall) => {
    const bytes = request.body ? Buffer.concat(await Array.fromAsync(request.body.open())) : Buffer.alloc(0);
    return call({ what: `StarRocks ${request.operation}`, apply: () => handle({ ...request, bytes }), lost, refused });
  };
  // What cannot be had is undefined.
  const fetchErrorLog = (url: string) =>
    call({ what: 'StarRocks error log', apply: () => errorLog(url), lost, refused }).catch(() => undefined);
  return Object.assign(send, { fetchErrorLog });
}
