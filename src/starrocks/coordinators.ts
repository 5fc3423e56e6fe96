/** Transactions under way in one process are few; what was never ended is forgotten, and then a frontend is asked. */
const mostTransactions = 1_000;

/**
 * The backends that coordinate the transactions of this process, by label. A frontend leads begin, load and prepare of a label to
 * one and the same backend, and does nothing else with them, so that it needs to be asked only once.
 *
 * @source StarRocks' TransactionLoadAction.java; recorded/transaction-life
 */
export class Coordinators {
  readonly #backends = new Map<string, string>();

  /** @in  backend: its origin, e.g. `http://be1:8040` */
  met(label: string, backend: string): void {
    this.#backends.set(label, backend);
    const [oldest] = this.#backends.keys();
    if (this.#backends.size > mostTransactions && oldest !== undefined) this.#backends.delete(oldest);
  }

  /** What a call carries that may go there at once. */
  of(label: string): { readonly backend?: string } {
    const backend = this.#backends.get(label);
    return backend === undefined ? {} : { backend };
  }

  forget(label: string): void {
    this.#backends.delete(label);
  }
}
