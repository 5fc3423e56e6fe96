import { LoadFailure, type StatusCode } from './http/load-failure.ts';
import type { Call, Operation, Side } from './spy.ts';

export type FaultAction =
  /** Waits for `release()` of the handle: before the call is looked at, or before its answer is written. */
  | { readonly kind: 'hold'; readonly before?: 'call' | 'answer' }
  /** Closes the connection without doing anything. */
  | { readonly kind: 'close' }
  /** Does everything, then closes the connection instead of answering. */
  | { readonly kind: 'drop-answer' }
  /** Answers this without doing anything. `json` is printed compactly. */
  | { readonly kind: 'reply'; readonly status?: number; readonly json?: unknown; readonly text?: string }
  /**
   * Backend: closes the connection after `afterBytes` (default 0) of the body. The transaction of a plain load is rolled
   * back as by a living backend, or left PREPARE as by one that died.
   */
  | { readonly kind: 'close-mid-body'; readonly afterBytes?: number; readonly leavesRunning?: boolean }
  /**
   * Backend: the load fails with this message, at begin (no transaction), before its rows are read, or when they are read and counted
   * and cannot be written (transaction aborted). Where `aboveBytes` is told, only a body of more bytes does.
   */
  | {
      readonly kind: 'fail';
      readonly message: string;
      readonly code?: StatusCode;
      readonly phase?: 'begin' | 'execute' | 'write';
      readonly aboveBytes?: number;
    }
  /**
   * Commits; publishing takes so many milliseconds of the stand-in's clock, or, without them, until `publishPending()`.
   * Who waits at least as long is answered at once, as if the time had passed.
   */
  | { readonly kind: 'delay-publish'; readonly forMs?: number }
  /** Backend: `Transaction status unknown`; the commit reached the frontend, or did not (then it is rolled back). */
  | { readonly kind: 'commit-unknown'; readonly happened: boolean }
  /** Frontend: redirects to this host:port, e.g. one where nobody listens. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** Frontend: the path of `Location` as frontends wrote it until June 2025. */
  | { readonly kind: 'garble-location' }
  /** Backend: a used label is answered as some releases of 3.3 to 3.5 do: Fail, without ExistingJobStatus. */
  | { readonly kind: 'label-clash-as-fail' };

interface Fault {
  readonly on: Operation | 'any';
  readonly at?: Side;
  /** Calls that it strikes; default 1. */
  readonly times?: number;
  readonly match?: { readonly table?: string; readonly label?: string | RegExp; readonly node?: number };
  readonly do: FaultAction;
}

interface FaultHandle {
  /** Calls that it struck. */
  readonly hits: number;
  /** Lets held calls go on, now and later. */
  release(): void;
  remove(): void;
}

/** The faults that strike one call. */
export interface Struck {
  find<K extends FaultAction['kind']>(kind: K): Extract<FaultAction, { kind: K }> | undefined;
  /** How long publishing takes. */
  publishMs(): number;
  /** Throws the failure that is scripted for this phase. */
  failAt(phase: 'begin' | 'execute' | 'write'): void;
  /** Resolves when no fault holds the call at this point. */
  pass(before: 'call' | 'answer'): Promise<void>;
}

export interface FaultScript {
  add(fault: Fault): FaultHandle;
  clear(): void;
  draw(call: Call): Struck;
}

/** Messages of passing failures, as StarRocks words them. */
export const faultMessages = {
  tooManyVersions:
    'Failed to load data into tablet 10042, because of too many versions, current/limit: 1001/1000. You can reduce the loading job concurrency, or increase loading data batch size. If you are loading data with Routine Load, you can increase FE configs routine_load_task_consume_second and max_routine_load_batch_size.',
  tooManyTransactions: 'current running txns on db 10001 is 1000, larger than limit 1000',
  compactionScore:
    'Failed to load data into partition 10040, because of too large compaction score, current/limit: 2001/2000. You can reduce the loading job concurrency, or increase compaction efficiency',
  memory:
    'Memory of process exceed limit. Pipeline Backend: 127.0.0.1, fragment: 0 Used: 96636764160, Limit: 96636764160.',
  shuttingDown: 'Service is shutting down, please retry later!',
  notLeader: 'current fe is not master',
  lockTimeout: 'get database read lock timeout, database=db, timeout=10000ms',
} as const;

interface Armed extends FaultHandle {
  readonly fault: Fault;
  left: number;
  hits: number;
  readonly released: Promise<void>;
}

function strikes({ fault, left }: Armed, call: Call): boolean {
  const { match = {} } = fault;
  const { label } = match;
  return (
    left > 0 &&
    (fault.on === 'any' || fault.on === call.operation) &&
    (fault.at === undefined || fault.at === call.at) &&
    (match.table === undefined || match.table === call.table) &&
    (match.node === undefined || match.node === call.node) &&
    (label === undefined || (typeof label === 'string' ? label === call.label : label.test(call.label)))
  );
}

export function createFaults(): FaultScript {
  const armed = new Set<Armed>();
  return {
    add(fault) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const entry: Armed = {
        fault,
        left: fault.times ?? 1,
        hits: 0,
        released: promise,
        release: () => resolve(),
        remove: () => void armed.delete(entry),
      };
      armed.add(entry);
      return entry;
    },
    clear() {
      for (const entry of armed) entry.release();
      armed.clear();
    },
    draw(call) {
      const struck = [...armed].filter((entry) => strikes(entry, call));
      for (const entry of struck) {
        entry.left -= 1;
        entry.hits += 1;
      }
      const find = <K extends FaultAction['kind']>(kind: K) =>
        struck.map(({ fault }) => fault.do).find((action) => action.kind === kind) as
          | Extract<FaultAction, { kind: K }>
          | undefined;
      return {
        find,
        publishMs() {
          const delay = find('delay-publish');
          return delay === undefined ? 0 : (delay.forMs ?? Number.POSITIVE_INFINITY);
        },
        failAt(phase) {
          for (const { fault } of struck) {
            const action = fault.do;
            if (action.kind !== 'fail' || (action.phase ?? 'execute') !== phase) continue;
            if (call.bytes <= (action.aboveBytes ?? -1)) continue;
            throw new LoadFailure(
              action.code ?? (phase === 'begin' ? 'ANALYSIS_ERROR' : 'INTERNAL_ERROR'),
              action.message,
            );
          }
        },
        async pass(before) {
          for (const { fault, released } of struck) {
            if (fault.do.kind === 'hold' && (fault.do.before ?? 'call') === before) await released;
          }
        },
      };
    },
  };
}
