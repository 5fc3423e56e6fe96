/** What `starrocks-sink/testing` gives, by itself: its types must not lead to those of the stack. */

export interface TestSinkSetup {
  /** Options of the sink by their names in docs/options.md; addresses and credentials are the sink's own. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Statements that make the tables; their database is made before, when it is named in `database`. */
  readonly tables?: readonly string[];
  /** Where rows go whose table names no database. @default test */
  readonly database?: string;
  /** FIFO queues. @default false */
  readonly fifo?: boolean;
  /** How long rows wait for company, milliseconds. @default 10 */
  readonly windowMs?: number;
  /** Told what the functions log. */
  readonly onLog?: (level: string, message: string, fields: object | undefined) => void;
}

/** A sink that runs. */
export interface TestSink {
  /** Where producers send rows to. */
  readonly rowsQueueUrl: string;
  /** Address of SQS and S3, for clients of your own; any credentials will do. */
  readonly awsEndpoint: string;
  readonly bucket: string;
  /** Of `mysql -h 127.0.0.1 -P …`. */
  readonly queryPort: number;
  /** Sends rows, and resolves when the queue has them. */
  send(table: string, rows: readonly object[], options?: { readonly op?: 'upsert' | 'delete' }): Promise<void>;
  /** Resolves when no message waits and none is under way: what can be loaded is loaded. */
  settled(): Promise<void>;
  /** Asks StarRocks' stand-in. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Takes the messages that were given up. */
  deadLetters(): Promise<readonly { readonly body: string }[]>;
  close(): Promise<void>;
}

/**
 * Starts queues, bucket, functions and a stand-in for StarRocks on free ports of 127.0.0.1.
 *
 * @throws SinkError OPTIONS_INVALID, before anything is started; what StarRocks says to a table
 */
export type StartTestSink = (setup?: TestSinkSetup) => Promise<TestSink>;
