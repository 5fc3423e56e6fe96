/**
 * What the pipeline asks of the world: StarRocks, object storage, time. Adapters implement these records; simulations
 * replace them. Nothing here knows HTTP clients or AWS SDKs.
 */

/** Bytes of a request that can be sent more than once: every `open` starts from the first byte. */
export interface Body {
  /** Length in bytes; sent as Content-Length. */
  readonly bytes: number;
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /**
   * Takes a piece back that `open` gave, itself, to write other rows over it. For whoever knows that its bytes have left the process and
   * that nobody reads them again; a piece that is never given back stays what it is.
   */
  readonly giveBack?: (piece: Uint8Array) => void;
}

/** How the values of a key column are told apart. */
export type KeyKind = 'integer' | 'boolean' | 'date' | 'datetime' | 'text';

export interface TableId {
  readonly database: string;
  readonly table: string;
}

/** A table and the Stream Load headers that go with it. */
export interface Destination extends TableId {
  /** Stream Load headers, lower-case names, e.g. `format`, `columns`, `column_separator`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Key columns of a primary-key table, when the schema is known. */
  readonly primaryKey?: readonly string[];
  /** Of each of them, how its values are told apart, when their types are known. */
  readonly keyKinds?: readonly KeyKind[];
}

export type StarRocksOperation =
  | 'stream_load'
  | 'begin'
  | 'load'
  | 'prepare'
  | 'commit'
  | 'rollback'
  | 'get_load_state';

/** One HTTP call to StarRocks. */
export interface StarRocksCall {
  readonly operation: StarRocksOperation;
  readonly database: string;
  readonly table?: string;
  readonly label: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Whom to send it to without asking a frontend: the backend that began the transaction. */
  readonly backend?: string;
  /** Epoch milliseconds after which the caller no longer waits. */
  readonly deadlineMs: number;
}

/** What came back: StarRocks answers 200 to almost everything and puts the verdict in the JSON. */
export interface StarRocksReply {
  readonly status: number;
  readonly text: string;
  /** Whose password was sent. */
  readonly user?: string;
  /** Who answered, if that is not known to be a frontend, e.g. `http://be1:8040`. */
  readonly backend?: string;
}

/**
 * Sends one call: FE failover, redirects and timeouts included.
 *
 * @throws SinkError STARROCKS_UNREACHABLE, BACKEND_UNREACHABLE, REDIRECT_REFUSED, DEADLINE_NEAR, NAME_INVALID,
 *         OPTIONS_INVALID: nothing was loaded; ANSWER_LOST: the body, or the command, may have arrived.
 *         What `body.open()` throws passes through: a body that was cut short loads nothing
 */
export type SendToStarRocks = (call: StarRocksCall) => Promise<StarRocksReply>;

export type LabelState = 'UNKNOWN' | 'PREPARE' | 'PREPARED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';

/**
 * Why a load did not happen. `access`: StarRocks does not know the user by this password; `privilege`: it does, and the user may
 * not. `throttled`: it wants fewer or larger loads; `memory`: it has too little for this one, and takes a smaller one rather.
 */
export type RefusalKind = 'data' | 'configuration' | 'access' | 'privilege' | 'throttled' | 'memory' | 'transient';

export interface RowCounts {
  readonly total: number;
  readonly loaded: number;
  readonly filtered: number;
  readonly unselected: number;
}

export interface LoadRequest {
  readonly destination: Destination;
  readonly label: string;
  readonly body: Body;
  /** Rows in the body; the answer's NumberTotalRows must agree. */
  readonly rows: number;
  readonly deadlineMs: number;
}

/**
 * What became of one labelled load. `unknown` means that asking the label's state did not settle it before the deadline:
 * the same label may be sent again, another must not.
 *
 * `already`: an earlier load under this label did it, or its answer was lost, so that `txnId` and `counts` are not known.
 * `miscounted`: the rows are in, but StarRocks counted another number than was sent (ROWS_MISCOUNTED): a person must look.
 */
export type LoadResult =
  | {
      readonly state: 'loaded';
      readonly txnId?: number;
      readonly counts?: RowCounts;
      readonly visible: boolean;
      readonly already: boolean;
      readonly miscounted?: true;
    }
  | { readonly state: 'refused'; readonly kind: RefusalKind; readonly message: string; readonly errorLog?: string }
  | { readonly state: 'unknown'; readonly message: string };

/** StarRocks as the pipeline sees it: one load under one label. */
export interface StarRocks {
  load(request: LoadRequest): Promise<LoadResult>;
}

/** Rows for several tables of one database. */
export interface TablesRequest {
  readonly database: string;
  readonly label: string;
  readonly parts: readonly { readonly destination: Destination; readonly body: Body }[];
  readonly deadlineMs: number;
}

/** Loads of several tables whose rows become visible at once, or not at all (StarRocks 4.0+). Rows are not counted. */
export interface SeveralTables {
  /** @throws SinkError as SendToStarRocks does, but for ANSWER_LOST; STARROCKS_CONFIGURATION: StarRocks has no such loads */
  load(request: TablesRequest): Promise<LoadResult>;
}

/** Names one transaction. Labels are to be unique in the cluster: its map from label to backend knows no databases. */
export interface TransactionName {
  readonly database: string;
  readonly label: string;
  readonly deadlineMs: number;
}

/**
 * What one call of the transaction interface came to.
 *
 * `ok`: it is done; `counts` come with the answer of prepare only, and are absent when that answer was lost.
 * `already-exists`: begin found the label in use (`local`: open on the backend that was asked, its state not told), or
 * rollback came after commit (`finished`).
 * `unknown`: neither answer nor label state settled it before the deadline.
 */
export type TransactionResult =
  | { readonly state: 'ok'; readonly txnId?: number; readonly counts?: RowCounts }
  | { readonly state: 'already-exists'; readonly existing: 'running' | 'finished' | 'local'; readonly message: string }
  | { readonly state: 'not-exists' | 'in-processing' | 'aborted' | 'unknown'; readonly message: string }
  | { readonly state: 'refused'; readonly kind: RefusalKind; readonly message: string; readonly errorLog?: string };

/**
 * The transaction interface (StarRocks 2.4+, one table per transaction). `commit` and `rollback` may be repeated, `begin`
 * and `prepare` may not; a failed load or prepare has rolled the transaction back.
 *
 * @throws SinkError as SendToStarRocks does, except ANSWER_LOST, which becomes a result; commit and rollback repeat
 *         unreachable hosts until the deadline, and then say `unknown`
 */
export interface Transactions {
  /** @in timeoutS: seconds until StarRocks aborts a transaction that was not prepared */
  begin(name: TransactionName, table: string, timeoutS: number): Promise<TransactionResult>;
  /** `ok` means that the bytes are queued; what StarRocks thinks of the rows is told by prepare. */
  load(name: TransactionName, destination: Destination, body: Body): Promise<TransactionResult>;
  /** @in preparedTimeoutS: seconds until StarRocks aborts a prepared transaction that nobody commits (3.5.4+) */
  prepare(name: TransactionName, preparedTimeoutS?: number): Promise<TransactionResult>;
  commit(name: TransactionName): Promise<TransactionResult>;
  rollback(name: TransactionName): Promise<TransactionResult>;
  labelState(name: TransactionName): Promise<LabelState>;
}
