import type { LoadHeaders } from './model.ts';

export type Operation =
  | 'stream_load'
  | 'begin'
  | 'load'
  | 'prepare'
  | 'commit'
  | 'rollback'
  | 'list'
  | 'get_load_state'
  | 'cancel'
  | 'other';

export type Side = 'fe' | 'be';

/** One HTTP request that the stand-in got. Fields after `headers` fill up while it is served. */
export interface Call {
  readonly at: Side;
  /** Index of the frontend or backend. */
  readonly node: number;
  readonly operation: Operation;
  readonly database: string;
  readonly table: string;
  readonly label: string;
  readonly headers: LoadHeaders;
  /** Body bytes read. */
  readonly bytes: number;
  /** HTTP status; 0 when the connection was closed without an answer; absent while it is served. */
  readonly status?: number;
  /** The body of the answer. */
  readonly answer?: string;
}

export interface Spy {
  readonly calls: readonly Call[];
  /** The first call, past or to come, that satisfies the predicate. Asked again when a call arrives, grows and ends. */
  waitFor(predicate: (call: Call) => boolean): Promise<Call>;
}

export interface SpyRecorder extends Spy {
  record(call: Call): RecordedCall;
}

export interface RecordedCall {
  readonly call: Call;
  received(bytes: number): void;
  answered(status: number, answer: string): void;
}

/** Older calls are forgotten: a stand-in may run for days. */
const maxCalls = 10_000;

export function createSpy(): SpyRecorder {
  const calls: Call[] = [];
  const waiters = new Set<{ predicate: (call: Call) => boolean; resolve: (call: Call) => void }>();
  const notify = (call: Call): void => {
    for (const waiter of waiters) {
      if (!waiter.predicate(call)) continue;
      waiters.delete(waiter);
      waiter.resolve(call);
    }
  };
  return {
    calls,
    waitFor(predicate) {
      const known = calls.find(predicate);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => waiters.add({ predicate, resolve }));
    },
    record(arrived) {
      const call: { -readonly [K in keyof Call]: Call[K] } = { ...arrived };
      calls.push(call);
      if (calls.length > maxCalls) calls.shift();
      notify(call);
      return {
        call,
        received(bytes) {
          call.bytes += bytes;
          notify(call);
        },
        answered(status, answer) {
          if (call.status !== undefined) return;
          call.status = status;
          call.answer = answer;
          notify(call);
        },
      };
    },
  };
}
