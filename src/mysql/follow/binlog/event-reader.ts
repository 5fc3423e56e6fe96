/** Events of a binlog, one after the other, as what they mean. Whatever is not known throws, before the position has moved. */
import { crc32 } from 'node:zlib';
import { SinkError } from '../../../kit/errors.ts';
import type { Flavour } from '../gtid.ts';
import type { Cells, RowShape, SourceEvent, SourcePosition } from '../source.ts';
import { readStatement } from '../statements.ts';
import { Bytes } from './bytes.ts';
import type { CellReader } from './column-cells.ts';
import * as heads from './event-heads.ts';
import { unpackTransaction } from './payload.ts';
import { PartialRow, type Row, type RowEventCode, readRows, readTableId, rowEventCodes } from './row-events.ts';
import { readTableMapHead, type TableMapHead, UnreadableTable } from './table-map.ts';
import { Transactions } from './transactions.ts';

const { codes } = heads;

/** A table as the rows behind a table map are to be read. */
export interface ReadableTable {
  readonly shape: RowShape;
  readonly readers: readonly CellReader[];
  /** By column of the binlog, whether it is in the shape; absent: all are. */
  readonly isKept?: readonly boolean[];
}

export interface EventReaderDeps {
  readonly flavour: Flavour;
  /** The server keeps names of tables in lower case, however statements write them. */
  readonly foldsNames: boolean;
  /** Whether the rows of a table are wanted. */
  readonly follows: (database: string, table: string) => boolean;
  /** @throws  UnreadableTable */
  readonly readable: (head: TableMapHead) => ReadableTable;
  readonly take: (event: SourceEvent) => void;
}

export class EventReader {
  readonly #deps: EventReaderDeps;
  readonly #transactions: Transactions;
  /** By the number that the server gives a table; undefined: its rows are not wanted. */
  readonly #tables = new Map<number, ReadableTable | undefined>();
  #hasChecksums = false;

  constructor(from: SourcePosition, deps: EventReaderDeps) {
    this.#deps = deps;
    this.#transactions = new Transactions(from, deps.flavour, deps.take);
  }

  /**
   * @in      one event, with its checksum if it has one; a view that is not kept
   * @throws  SinkError: a person must act
   */
  readEvent(event: Buffer): void {
    const head = heads.readHead(new Bytes(event));
    const bytes = new Bytes(event, heads.headBytes, event.length - this.#checksumBytes(head, event));
    try {
      this.#dispatch(head, bytes);
    } catch (error) {
      throw this.#explained(error, `An event of type ${head.code}`);
    }
  }

  #checksumBytes(head: heads.EventHead, event: Buffer): 0 | 4 {
    if (head.code === codes.format) {
      // The byte before its checksum says whether the events behind it have one; it itself always has the room.
      this.#hasChecksums = event[event.length - 5] === 1;
      return 4;
    }
    // Sent before the format of its file, with a checksum or without.
    const isCertain = head.code !== codes.rotate;
    if (isCertain && !this.#hasChecksums) return 0;
    const isRight = event.length > 4 && crc32(event.subarray(0, -4)) === event.readUInt32LE(event.length - 4);
    if (isRight || !isCertain) return isRight ? 4 : 0;
    throw this.#transactions.stop('SOURCE_UNREADABLE', `An event of type ${head.code}: its checksum is wrong.`);
  }

  #dispatch(head: heads.EventHead, bytes: Bytes): void {
    if (head.endsAt > 0 && head.code !== codes.rotate) this.#transactions.endsAt = head.endsAt;
    const rows = rowEventCodes.get(head.code);
    if (rows !== undefined) this.#rows(bytes, rows);
    else if (head.code === codes.tableMap) this.#tableMap(bytes);
    else if (!this.#boundary(head, bytes) && !this.#aboutStream(head, bytes)) this.#unusual(head);
  }

  /** Begins and ends of transactions. */
  #boundary(head: heads.EventHead, bytes: Bytes): boolean {
    const { code, atMs } = head;
    if (code === codes.gtid) this.#transactions.begin(heads.readGtid(bytes), atMs, false);
    else if (code === codes.taggedGtid) this.#transactions.begin(heads.readTaggedGtid(bytes), atMs, false);
    else if (code === codes.mariaGtid) {
      const { gtid, isStandalone, preparedXid } = heads.readMariaGtid(bytes, head.serverId);
      this.#transactions.begin(gtid, atMs, !isStandalone);
      if (preparedXid !== undefined) this.#transactions.xaStarts(preparedXid);
    } else if (code === codes.xid) this.#transactions.commit(atMs);
    else if (code === codes.query || code === codes.queryCompressed) this.#query(head, bytes);
    else if (code === codes.xaPrepare) {
      const { xid, isOnePhase } = heads.readXaPrepare(bytes);
      this.#transactions.xaPrepared(xid, isOnePhase, atMs);
    } else if (code === codes.payload) {
      // Its events have no places in the file, and no checksums.
      unpackTransaction(bytes, (event) => {
        this.#dispatch({ ...heads.readHead(new Bytes(event)), endsAt: 0 }, new Bytes(event, heads.headBytes));
      });
    } else return false;
    return true;
  }

  /** What the server tells of the stream itself. */
  #aboutStream({ code }: heads.EventHead, bytes: Bytes): boolean {
    if (code === codes.rotate) {
      bytes.skip(8);
      this.#transactions.file = bytes.utf8(bytes.left);
      this.#transactions.endsAt = 4;
    } else if (code === codes.format) {
      // Numbers of tables begin anew when the server does.
      this.#tables.clear();
    } else if (code === codes.heartbeat || code === codes.heartbeat2) this.#transactions.idle();
    else return false;
    return true;
  }

  #unusual({ code, isIgnorable }: heads.EventHead): void {
    if (heads.idleCodes.has(code) || isIgnorable) return;
    if (code === codes.anonymousGtid) throw this.#setting('A transaction has no GTID: gtid_mode is not ON.');
    if (code === codes.partialUpdate) {
      throw this.#setting('JSON documents come in parts: a session has set binlog_row_value_options to PARTIAL_JSON.');
    }
    if (heads.loadCodes.has(code)) throw this.#statement('Found LOAD DATA as a statement.');
    const found = code === codes.incident ? 'The server says that events are missing.' : `An event of type ${code}.`;
    throw this.#transactions.stop('SOURCE_UNREADABLE', found);
  }

  #tableMap(bytes: Bytes): void {
    const head = readTableMapHead(bytes);
    const { tableId, database, table } = head;
    if (!this.#deps.follows(database, table)) {
      this.#tables.set(tableId, undefined);
      return;
    }
    try {
      this.#tables.set(tableId, this.#deps.readable(head));
    } catch (error) {
      throw this.#explained(error, `Table ${database}.${table}`);
    }
  }

  #rows(bytes: Bytes, code: RowEventCode): void {
    const tableId = readTableId(bytes);
    const table = this.#tables.get(tableId);
    if (table === undefined) {
      if (this.#tables.has(tableId) || tableId === dummyTableId) return;
      const found = `Rows of a table with the number ${tableId}, which was not described.`;
      throw this.#transactions.stop('SOURCE_UNREADABLE', found);
    }
    const { shape, readers, isKept } = table;
    try {
      readRows(bytes, code, readers, (row) =>
        this.#transactions.row(shape, code.operation, isKept ? keptOf(row, isKept) : row),
      );
    } catch (error) {
      throw this.#explained(error, `Rows of ${shape.database}.${shape.table}`);
    }
  }

  #query({ code, atMs }: heads.EventHead, bytes: Bytes): void {
    const { database, text } = heads.readQuery(bytes, code === codes.queryCompressed);
    const statement = readStatement(text);
    switch (statement.kind) {
      case 'begin':
        this.#transactions.open();
        break;
      case 'commit':
        this.#transactions.commit(atMs);
        break;
      case 'rollback':
      case 'rollback-to':
        this.#transactions.rolledBack(statement.kind === 'rollback', shown(text), atMs);
        break;
      case 'xa':
        this.#xaStatement(statement.verb, statement.xid, atMs);
        break;
      case 'rows':
        throw this.#statement(`Found ${shown(text)}: a session has set binlog_format to STATEMENT or MIXED.`);
      case 'unknown':
        throw this.#statement(`Found ${shown(text)}, which is not understood.`);
      case 'schema': {
        const fold = (name: string) => (this.#deps.foldsNames ? name.toLowerCase() : name);
        const changes = statement.changes.map((change) => ({
          ...{ change: change.change, table: fold(change.table) },
          database: fold(change.database ?? database),
        }));
        // In another character set than UTF-8, names cannot be told.
        if (JSON.stringify(changes).includes('\ufffd')) throw this.#statement(`Found ${shown(text)}, not in UTF-8.`);
        this.#transactions.schemaChanges(
          // Which tables a database held is not known here.
          changes.filter((one) => one.table === '' || this.#deps.follows(one.database, one.table)),
          text,
        );
        if (statement.opensTransaction) this.#transactions.open();
        this.#transactions.statementEnds(atMs);
        break;
      }
      case 'nothing':
        this.#transactions.statementEnds(atMs);
        break;
    }
  }

  #xaStatement(verb: string, xid: string, atMs: number): void {
    if (verb === 'START' || verb === 'BEGIN') this.#transactions.xaStarts(xid);
    if (verb === 'COMMIT' || verb === 'ROLLBACK') this.#transactions.xaEnds(xid, verb === 'COMMIT', atMs);
  }

  #setting = (found: string) => this.#transactions.stop('SOURCE_SETTING', found);
  #statement = (found: string) => this.#transactions.stop('SOURCE_STATEMENT', found);

  /** What went wrong while something was read, as what a person is told. */
  #explained(error: unknown, what: string): unknown {
    if (error instanceof SinkError) return error;
    if (error instanceof PartialRow) {
      return this.#setting(`${what} lack columns: a session has set binlog_row_image to MINIMAL or NOBLOB.`);
    }
    if (error instanceof UnreadableTable) {
      if (error.reason === 'definition')
        return this.#transactions.stop('SOURCE_DEFINITION', `${what}: ${error.message}.`);
      return error.reason === 'metadata'
        ? this.#setting(`${what}: ${error.message}, binlog_row_metadata is not FULL.`)
        : this.#transactions.stop('SOURCE_TYPE_UNKNOWN', `${what}: ${error.message}.`);
    }
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isUnreadable = error instanceof RangeError || /^(Z_|ZSTD_|ERR_)/.test(code);
    return isUnreadable ? this.#transactions.stop('SOURCE_UNREADABLE', `${what}: ${message}.`, error) : error;
  }
}

/** MySQL marks the end of a statement by rows of this table when it filtered the others out. */
const dummyTableId = 0xffffff;

function keptOf({ before, after }: Row, isKept: readonly boolean[]): Row {
  const kept = (cells: Cells) => cells.filter((_, index) => isKept[index]);
  return { ...(before && { before: kept(before) }), ...(after && { after: kept(after) }) };
}

const shown = (statement: string) => JSON.stringify(statement.length > 120 ? `${statement.slice(0, 120)}…` : statement);
