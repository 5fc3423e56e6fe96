import type { LabelState, StarRocksCall, StarRocksReply } from '../../src/ports.ts';
import type { Tally } from './tally.ts';

/** A call whose body has arrived. */
type ReceivedCall = StarRocksCall & { readonly bytes: Buffer };

interface Row {
  readonly id: string;
  /** The table that it is meant for. */
  readonly t: string;
  /** StarRocks refuses it. */
  readonly bad?: boolean;
  /** StarRocks' parser ends at it: what stands behind it in the same body is not counted, and the answer is OK. */
  readonly cut?: boolean;
}

interface Transaction {
  readonly id: number;
  readonly label: string;
  state: Exclude<LabelState, 'UNKNOWN'>;
  rows: Row[];
  loads: number;
  readonly table: string | undefined;
  /** When it came to its end, on the server's clock. */
  finishedAtMs?: number;
}

export interface ServerRates {
  /** A call fails on the server, which then rolls the transaction back. */
  readonly failure: number;
  /** Commit answers that the rows are not visible in time, although they are committed. */
  readonly publishTimeout: number;
  /** A call is refused, and nothing happens: the table has too many versions, or the user may not. */
  readonly refusal: number;
  /** Rows that an error log speaks of; 0: it has none. */
  readonly errorLogRows: number;
}

/**
 * One database of StarRocks as its transactions go: the state table of the Stream Load reference, §6.3, and labels that are
 * forgotten by count. Rows are JSON objects with an id.
 */
export class SimulatedStarRocks {
  /** Rows in the order in which they became visible. */
  readonly committed: string[] = [];
  /** Rows that came into a table that is not theirs. */
  readonly misplaced: string[] = [];
  readonly #errorLogs = new Map<string, string>();
  readonly #transactions: Transaction[] = [];
  readonly #chance: (probability: number) => boolean;
  readonly #rates: () => ServerRates;
  readonly #now: () => number;
  readonly #keptMs: number;
  readonly #done = new Set<string>();
  readonly #tally: Tally;
  #nextId = 1;

  constructor(
    chance: (probability: number) => boolean,
    rates: () => ServerRates,
    now: () => number,
    keptMs: number,
    tally: Tally,
  ) {
    this.#tally = tally;
    this.#keptMs = keptMs;
    this.#chance = chance;
    this.#rates = rates;
    this.#now = now;
  }

  /** What a person can find out, who looks into the table: whether the rows of a label are in it. */
  hasCommitted = (label: string): boolean => this.#done.has(label);

  /** Labels of transactions that are prepared and neither committed nor rolled back. */
  get prepared(): readonly string[] {
    return this.#transactions.filter(({ state }) => state === 'PREPARED').map(({ label }) => label);
  }

  handle(call: ReceivedCall): StarRocksReply {
    const found = this.#transactions.findLast(({ label }) => label === call.label);
    if (!found && call.operation !== 'begin' && call.operation !== 'stream_load') {
      this.#tally.note(`StarRocks does not know the label at ${call.operation}`);
    }
    const reply = this.#refusal(call) ?? this[call.operation](call, found);
    return { status: 200, text: JSON.stringify(reply) };
  }

  #refusal({ operation }: ReceivedCall): object | undefined {
    const isRefused = operation in refusals && this.#chance(this.#rates().refusal);
    if (isRefused) this.#tally.note(`StarRocks refuses ${operation}`);
    return isRefused ? refusals[operation as keyof typeof refusals] : undefined;
  }

  /** A new leader: transactions that were only in the memory of the old one are gone. */
  changeLeader(): void {
    this.#tally.note(
      'a new leader loses open transactions',
      this.#forget(({ state }) => state === 'PREPARE'),
    );
  }

  /** Forgets final transactions as the cleaner does, the oldest first, until only `keep` are left: none that ended lately. */
  evict(keep: number): void {
    const isOld = ({ finishedAtMs = Number.POSITIVE_INFINITY }: Transaction) =>
      this.#now() - finishedAtMs > this.#keptMs;
    const final = this.#transactions.filter(({ finishedAtMs }) => finishedAtMs !== undefined);
    const old = new Set(final.slice(0, Math.max(0, final.length - keep)).filter(isOld));
    this.#tally.note(
      'labels are forgotten',
      this.#forget((transaction) => old.has(transaction)),
    );
  }

  /** The server itself, or an operator, aborts an open transaction, also a prepared one. */
  abortOpen(pick: (count: number) => number): void {
    const open = this.#transactions.filter(({ state }) => state === 'PREPARE' || state === 'PREPARED');
    const victim = open[pick(open.length)];
    if (victim) this.#tally.note(`somebody aborts a transaction in ${victim.state}`);
    if (victim) this.#end(victim, 'ABORTED');
  }

  /** @out  undefined: there is none, or it is gone */
  errorLog = (url: string): string | undefined => this.#errorLogs.get(url);

  stream_load({ label, table, bytes }: ReceivedCall, found: Transaction | undefined): object {
    if (found && found.state !== 'ABORTED') return { ...alreadyExists(found), Status: 'Label Already Exists' };
    const transaction = this.#begin(label, table);
    if (this.#fails(transaction)) return { Status: 'Fail', Message: 'Cancelled', Label: label };
    transaction.rows = this.#readRows(bytes, transaction);
    if (transaction.rows.some(({ bad }) => bad)) return { ...this.#refuseRows(transaction), Status: 'Fail' };
    this.#commit(transaction);
    const status = this.#chance(this.#rates().publishTimeout) ? 'Publish Timeout' : 'Success';
    return { Status: status, Message: 'OK', Label: label, ...counts(transaction) };
  }

  begin({ label, table }: ReceivedCall, found: Transaction | undefined): object {
    if (found && found.state !== 'ABORTED') return { ...alreadyExists(found), Status: 'LABEL_ALREADY_EXISTS' };
    return ok(this.#begin(label, table));
  }

  load({ bytes }: ReceivedCall, found: Transaction | undefined): object {
    if (!found) return { Status: 'FAILED', Message: "Can't find the transaction with db [d] and label [l]." };
    if (found.state !== 'PREPARE') return { Status: 'TXN_NOT_EXISTS', Message: 'Transaction not exists' };
    if (this.#fails(found)) return { Status: 'INTERNAL_ERROR', Message: 'load channel was cancelled' };
    found.rows.push(...this.#readRows(bytes, found));
    found.loads += 1;
    return ok(found);
  }

  prepare({ label }: ReceivedCall, found: Transaction | undefined): object {
    if (!found) return { Status: 'FAILED', Message: `No transaction found with db[d] and label[${label}]` };
    if (found.state !== 'PREPARE') return { Status: 'TXN_NOT_EXISTS', Message: 'Transaction not exists' };
    if (this.#fails(found)) return { Status: 'INTERNAL_ERROR', Message: '[E1008]Reached timeout=60000ms' };
    if (found.loads === 0) return { Status: 'INTERNAL_ERROR', Message: "transaction hasn't send any data yet" };
    if (found.rows.some(({ bad }) => bad)) return { ...this.#refuseRows(found), Status: 'DATA_QUALITY_ERROR' };
    found.state = 'PREPARED';
    return { ...ok(found), ...counts(found) };
  }

  commit({ label }: ReceivedCall, found: Transaction | undefined): object {
    if (!found) return { Status: 'FAILED', Message: `No transaction found with db[d] and label[${label}]` };
    if (found.state === 'ABORTED') {
      return { Status: 'FAILED', Message: `Can not commit ABORTED transaction ${found.id}, label is ${label}` };
    }
    if (found.state === 'PREPARED' || found.state === 'PREPARE') this.#commit(found);
    if (this.#chance(this.#rates().publishTimeout)) {
      this.#tally.note('a commit is not visible in time');
      this.#end(found, 'COMMITTED');
      return { Status: 'FAILED', Message: 'publish timeout: 20000' };
    }
    this.#end(found, 'VISIBLE');
    return { ...ok(found), Message: `Transaction ${found.id} has already committed, label is ${label}` };
  }

  rollback({ label }: ReceivedCall, found: Transaction | undefined): object {
    if (!found) return { Status: 'FAILED', Message: `No transaction found with db[d] and label[${label}]` };
    if (found.state === 'VISIBLE' || found.state === 'COMMITTED') {
      return { Status: 'FAILED', Message: `Can not abort ${found.state} transaction ${found.id}, label is ${label}` };
    }
    this.#end(found, 'ABORTED');
    return ok(found);
  }

  get_load_state(_call: ReceivedCall, found: Transaction | undefined): object {
    return { state: found?.state ?? 'UNKNOWN', reason: '', status: 'OK', code: '0', msg: 'Success', message: 'OK' };
  }

  #begin(label: string, table: string | undefined): Transaction {
    const transaction: Transaction = { id: this.#nextId++, label, table, state: 'PREPARE', rows: [], loads: 0 };
    this.#transactions.push(transaction);
    return transaction;
  }

  #commit(transaction: Transaction): void {
    this.#end(transaction, 'VISIBLE');
    this.#done.add(transaction.label);
    this.committed.push(...transaction.rows.map(({ id }) => id));
  }

  #fails(transaction: Transaction): boolean {
    const fails = this.#chance(this.#rates().failure);
    if (fails) this.#tally.note('a call fails on the server');
    if (fails) this.#end(transaction, 'ABORTED');
    return fails;
  }

  #refuseRows(transaction: Transaction): object {
    this.#end(transaction, 'ABORTED');
    const { label, id, rows } = transaction;
    const named = rows.filter(({ bad }) => bad).slice(0, this.#rates().errorLogRows);
    if (named.length === 0) return { Message: 'too many filtered rows', Label: label, TxnId: id };
    const ErrorURL = `http://fe:8040/api/_load_error_log?file=${id}`;
    const lines = named.map((row) => `Error: Value does not fit. Row: ${JSON.stringify(row)}\n`);
    this.#errorLogs.set(ErrorURL, lines.join(''));
    return { Message: 'too many filtered rows', Label: label, TxnId: id, ErrorURL };
  }

  #readRows(bytes: Buffer, { table }: Transaction): Row[] {
    const rows = JSON.parse(bytes.toString()) as Row[];
    for (const { id, t } of rows) if (t !== table) this.misplaced.push(id);
    const end = rows.findIndex(({ cut }) => cut);
    if (end >= 0) this.#tally.note('StarRocks counts short');
    return end < 0 ? rows : rows.slice(0, end);
  }

  #end(transaction: Transaction, state: Transaction['state']): void {
    transaction.state = state;
    transaction.finishedAtMs ??= this.#now();
  }

  /** @out  how many */
  #forget(isForgotten: (transaction: Transaction) => boolean): number {
    const kept = this.#transactions.filter((transaction) => !isForgotten(transaction));
    const forgotten = this.#transactions.length - kept.length;
    this.#transactions.splice(0, this.#transactions.length, ...kept);
    return forgotten;
  }
}

const throttled = 'Failed to load data into tablet 1, because of too many versions, current/limit: 1001/1000';
const refusals = {
  begin: { Status: 'FAILED', Message: throttled },
  stream_load: { Status: 'Fail', Message: throttled },
  commit: {
    Status: 'FAILED',
    Message: 'Access denied; you need (at least one of) the INSERT privilege(s) on TABLE t0',
  },
};

const ok = ({ id, label }: Transaction) => ({ Status: 'OK', Message: '', Label: label, TxnId: id });

const counts = ({ rows }: Transaction) => ({
  NumberTotalRows: rows.length,
  NumberLoadedRows: rows.length,
  NumberFilteredRows: 0,
  NumberUnselectedRows: 0,
});

function alreadyExists({ label, state }: Transaction) {
  const isFinal = state === 'COMMITTED' || state === 'VISIBLE';
  const message = `Label [${label}] has already been used.`;
  return { TxnId: -1, Label: label, ExistingJobStatus: isFinal ? 'FINISHED' : 'RUNNING', Message: message };
}
