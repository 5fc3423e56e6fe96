/** A scripted misfortune: what happens to the next requests of one action. */
export interface Fault {
  /** As AWS names it: `PutObject`, `SendMessageBatch`, … */
  readonly action: string;
  /** How many requests it meets; 1 unless told. */
  readonly times?: number;
  /** Only requests whose S3 path (`/bucket/key`) or queue URL matches. */
  readonly where?: RegExp;
  /** HTTP status of the answer. Without a status the connection is cut, and there is no answer. */
  readonly status?: number;
  /** Error code of the answer, e.g. `SlowDown`, `ConditionalRequestConflict`. */
  readonly code?: string;
  /**
   * The connection stays open, and nothing more comes: before the answer, or after half of its body (S3 objects only). It ends when
   * the client ends it, or with the endpoint.
   */
  readonly stall?: 'answer' | 'body';
  /** True: the request is carried out first, and only its answer is replaced or lost. */
  readonly after?: boolean;
  /** Batch requests of SQS: only the entries at these positions fail, with status 200 and a `Failed` list. */
  readonly entries?: readonly number[];
}

export interface Faults {
  add(fault: Fault): void;
  /** Forgets what has not happened yet. */
  clear(): void;
  /** Faults that still wait for a request. A test that ends with some did not test what it says. */
  readonly waiting: number;
  /** Requests that are let hang now: nobody has given them up. */
  readonly hanging: number;
  /** Notes one that is let hang, until its connection ends. */
  hang(connection: { once(event: 'close', listener: () => void): unknown }): void;
  /** The oldest fault that meets this request, used up by one. */
  take(action: string, target: string): Fault | undefined;
}

export function createFaults(): Faults {
  const script: { fault: Fault; left: number }[] = [];
  let hanging = 0;
  return {
    add(fault) {
      script.push({ fault, left: fault.times ?? 1 });
    },
    clear() {
      script.length = 0;
    },
    get waiting() {
      return script.reduce((sum, { left }) => sum + left, 0);
    },
    get hanging() {
      return hanging;
    },
    hang(connection) {
      hanging += 1;
      connection.once('close', () => {
        hanging -= 1;
      });
    },
    take(action, target) {
      const index = script.findIndex(({ fault }) => fault.action === action && (fault.where?.test(target) ?? true));
      const found = script[index];
      if (found === undefined) return undefined;
      found.left -= 1;
      if (found.left <= 0) script.splice(index, 1);
      return found.fault;
    },
  };
}
