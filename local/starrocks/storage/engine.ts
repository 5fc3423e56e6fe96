import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { plainValue } from './duck-values.ts';

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[];
  /** Values as `plainValue` gives them. */
  readonly rows: readonly (readonly unknown[])[];
  readonly rowsChanged: number;
}

/** What a statement's `?` or `$1` stand for. Bytes are a Uint8Array. */
type Parameter = DuckDBValue | Uint8Array;

/** One DuckDB connection: its own transaction, default schema and temporary tables. */
export interface EngineConnection {
  run(sql: string, params?: readonly Parameter[]): Promise<void>;
  rows(sql: string, params?: readonly Parameter[]): Promise<Record<string, unknown>[]>;
  result(sql: string, params?: readonly Parameter[]): Promise<QueryResult>;
  /** For what the words above do not cover, e.g. appenders. */
  readonly duckdb: DuckDBConnection;
}

/** The database under the stand-in. Errors of DuckDB come through as they are. */
export interface Engine {
  /** One statement, or several; on a connection of its own, committed at once. */
  run(sql: string, params?: readonly Parameter[]): Promise<void>;
  /**
   * The rows of one statement. BIGINT and HUGEINT are bigint; DECIMAL, DATE and TIMESTAMP are text
   * ('2026-01-02 03:04:05.678900', no fraction when it is zero); BLOB is a Buffer; smaller numbers are numbers.
   */
  rows(sql: string, params?: readonly Parameter[]): Promise<Record<string, unknown>[]>;
  /** Lends a connection outside any transaction, and takes it back. Not serialised. */
  connected<T>(work: (connection: EngineConnection) => Promise<T>): Promise<T>;
  /** Runs `work` in one transaction, alone among all calls of `exclusively`, in call order. Rolls back when it throws. */
  exclusively<T>(work: (connection: EngineConnection) => Promise<T>): Promise<T>;
  /** Waits for transactions that were begun, then closes. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** A DuckDB file; in memory when left out. */
  readonly path?: string;
}

const settings = {
  threads: '2',
  memory_limit: '2GB',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const instance = await DuckDBInstance.create(options.path ?? ':memory:', settings);
  let lastExclusive: Promise<unknown> = Promise.resolve();

  async function connected<T>(work: (connection: EngineConnection) => Promise<T>): Promise<T> {
    const connection = await instance.connect();
    try {
      return await work(engineConnection(connection));
    } finally {
      connection.closeSync();
    }
  }

  function exclusively<T>(work: (connection: EngineConnection) => Promise<T>): Promise<T> {
    const turn = lastExclusive.then(() => connected((connection) => inTransaction(connection, work)));
    lastExclusive = turn.catch(() => undefined);
    return turn;
  }

  return {
    run: (sql, params) => connected((connection) => connection.run(sql, params)),
    rows: (sql, params) => connected((connection) => connection.rows(sql, params)),
    connected,
    exclusively,
    async close() {
      await lastExclusive;
      instance.closeSync();
    },
  };
}

async function inTransaction<T>(
  connection: EngineConnection,
  work: (connection: EngineConnection) => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN');
  try {
    const value = await work(connection);
    await connection.run('COMMIT');
    return value;
  } catch (error) {
    // A failed COMMIT has already ended the transaction; then ROLLBACK itself complains.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function engineConnection(connection: DuckDBConnection): EngineConnection {
  async function result(sql: string, params?: readonly Parameter[]): Promise<QueryResult> {
    const reader = await connection.runAndReadAll(sql, params?.map(duckValue));
    const names = reader.columnNames();
    const types = reader.columnTypes();
    return {
      columns: types.map((type, index) => ({ name: names[index] ?? '', type })),
      rows: reader.getRows().map((row) => row.map(plainValue)),
      rowsChanged: reader.rowsChanged,
    };
  }
  return {
    duckdb: connection,
    result,
    async run(sql, params) {
      await connection.run(sql, params?.map(duckValue));
    },
    async rows(sql, params) {
      const { columns, rows } = await result(sql, params);
      return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
    },
  };
}

function duckValue(value: Parameter): DuckDBValue {
  return value instanceof Uint8Array ? new DuckDBBlobValue(value) : value;
}
