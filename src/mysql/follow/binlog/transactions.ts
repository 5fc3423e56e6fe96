/**
 * The life of a transaction: its GTID opens it, rows follow, and an XID, a COMMIT or the end of a statement that commits by itself
 * closes it. Only then is its GTID among those that were read. An XA transaction is kept back from its prepare to its end, and while
 * one is open, positions say from where to read again.
 */
import { type FailureCode, SinkError } from '../../../kit/errors.ts';
import { type Flavour, type GtidTracker, trackGtids } from '../gtid.ts';
import type { RowChange, RowShape, SourceEvent, SourcePosition } from '../source.ts';
import type { NamedChange } from '../statements.ts';
import type { Row } from './row-events.ts';
import { XaRows } from './xa-rows.ts';

interface Transaction {
  readonly gtid: string;
  readonly atMs: number;
  /** It was told before: reading began in front of it, for the sake of an XA transaction. */
  readonly isKnown: boolean;
  /** Statements in it do not commit by themselves. */
  isOpen: boolean;
  rows: number;
  /** While its rows are kept back. */
  xid?: string;
}

export class Transactions {
  /** Where the server keeps what was read last, for people. */
  file: string;
  endsAt: number;
  readonly #take: (event: SourceEvent) => void;
  readonly #read: GtidTracker;
  /** Where reading began in front of `from`: what was told before, and what of it was read again. */
  readonly #known: { readonly told: GtidTracker; readonly again: GtidTracker } | undefined;
  readonly #xa = new XaRows();
  #current: Transaction | undefined;

  constructor(from: SourcePosition, flavour: Flavour, take: (event: SourceEvent) => void) {
    this.#take = take;
    this.#read = trackGtids(flavour, from.gtid);
    const { readFrom } = from;
    this.#known =
      readFrom === undefined
        ? undefined
        : { told: trackGtids(flavour, from.gtid), again: trackGtids(flavour, readFrom) };
    this.file = from.file;
    this.endsAt = from.offset;
  }

  begin(gtid: string, atMs: number, isOpen: boolean): void {
    if (this.#current !== undefined) {
      throw this.stop('SOURCE_UNREADABLE', `The transaction ${gtid} begins before the end of the one before it.`);
    }
    const isKnown = this.#known?.told.has(gtid) ?? false;
    this.#current = { gtid, atMs, isKnown, isOpen, rows: 0 };
    if (!isKnown) this.#take({ kind: 'begin', gtid, atMs });
  }

  /** Statements that follow belong to it. */
  open(): void {
    this.#transaction('A statement').isOpen = true;
  }

  commit(atMs: number): void {
    const { gtid, isKnown } = this.#transaction('A commit');
    this.#current = undefined;
    if (isKnown) this.#known?.again.add(gtid);
    if (isKnown) return;
    this.#read.add(gtid);
    this.#take({ kind: 'commit', position: this.#position(), atMs });
  }

  /** A statement that is not inside a transaction commits by itself. */
  statementEnds(atMs: number): void {
    if (!this.#transaction('A statement').isOpen) this.commit(atMs);
  }

  rolledBack(isWhole: boolean, statement: string, atMs: number): void {
    const { rows } = this.#transaction('A rollback');
    if (rows > 0) throw this.stop('SOURCE_ROLLED_BACK', `Found ${statement} behind ${rows} rows.`);
    if (isWhole) this.commit(atMs);
  }

  row(shape: RowShape, operation: RowChange['operation'], row: Row): void {
    const transaction = this.#transaction('A row');
    const change: RowChange = { kind: 'row', shape, operation, ...row, index: transaction.rows++ };
    const { xid, isKnown } = transaction;
    if (xid === undefined) {
      if (!isKnown) this.#take(change);
    } else if (!this.#xa.keep(xid, change)) {
      throw this.stop('SOURCE_XA', `The XA transaction ${xid} has too many rows to hold until its end.`);
    }
  }

  schemaChanges(changes: readonly Required<NamedChange>[], statement: string): void {
    if (this.#transaction('A statement').isKnown) return;
    for (const change of changes) this.#take({ kind: 'schema-change', ...change, statement });
  }

  /** Nothing was sent for a while. */
  idle(): void {
    if (this.#current === undefined) this.#take({ kind: 'heartbeat', position: this.#position() });
  }

  xaStarts(xid: string): void {
    const transaction = this.#transaction('XA START');
    transaction.xid = xid;
    transaction.isOpen = true;
    this.#xa.begin(xid, (transaction.isKnown ? this.#known?.again : this.#read)?.text() ?? '');
  }

  /** @in  isWhole: XA COMMIT … ONE PHASE, which commits without having been prepared */
  xaPrepared(xid: string, isWhole: boolean, atMs: number): void {
    if (isWhole) this.xaEnds(xid, true, atMs);
    else this.commit(atMs);
  }

  xaEnds(xid: string, isCommitted: boolean, atMs: number): void {
    const kept = this.#xa.end(xid);
    // Where it was told before, its prepare may stand in front of all that is read again.
    if (!this.#transaction('XA COMMIT').isKnown) {
      if (kept === undefined) {
        throw this.stop('SOURCE_XA', `The XA transaction ${xid} ends, and was prepared before reading began.`);
      }
      if (isCommitted) for (const change of kept) this.#take(change);
    }
    this.commit(atMs);
  }

  /** What stops reading here: says the position and the transaction. */
  stop(code: FailureCode, found: string, cause?: unknown): SinkError {
    const gtid = this.#current === undefined ? '' : `, transaction ${this.#current.gtid}`;
    const where = `Position ${this.file}:${this.endsAt}${gtid}.`;
    return new SinkError(code, `${found} ${where}`, cause === undefined ? {} : { cause });
  }

  #position(): SourcePosition {
    const readFrom = this.#xa.readFrom();
    const position = { gtid: this.#read.text(), file: this.file, offset: this.endsAt };
    return readFrom === undefined ? position : { ...position, readFrom };
  }

  #transaction(what: string): Transaction {
    if (this.#current === undefined) throw this.stop('SOURCE_UNREADABLE', `${what} outside a transaction.`);
    return this.#current;
  }
}
