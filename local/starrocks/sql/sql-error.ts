/**
 * A statement that is refused, as a MySQL client is told.
 *
 * @source numbers, states and texts: test/fixtures/recorded/show-statements.json, cluster.json, privileges.json
 */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** MySQL error number. */
  readonly errno: number;
  readonly sqlState: string;

  constructor(errno: number, sqlState: string, message: string) {
    super(message);
    this.errno = errno;
    this.sqlState = sqlState;
  }

  /** Any error, those of DuckDB translated as far as clients care. */
  static from(error: unknown): SqlError {
    if (error instanceof SqlError) return error;
    const message = error instanceof Error ? error.message : String(error);
    const [first = ''] = message.split('\n');
    const table = /Table with name (\S+) does not exist/.exec(first)?.[1];
    if (table !== undefined) return SqlError.unknownTable(table);
    const column = /(?:Referenced column|Column) "(.+?)" (?:not found|referenced that exists)/.exec(first)?.[1];
    if (column !== undefined) return SqlError.refused(`Column '${column}' cannot be resolved`);
    if (first.startsWith('Parser Error')) {
      return new SqlError(
        1064,
        'HY000',
        `Getting syntax error. Detail message: ${first.replace(/^Parser Error: /, '')}`,
      );
    }
    return SqlError.refused(first);
  }

  /** The number that StarRocks gives to most refusals of its analyzer. */
  static refused(detail: string): SqlError {
    return SqlError.analyzed(1064, 'HY000', detail);
  }

  static analyzed(errno: number, sqlState: string, detail: string): SqlError {
    return new SqlError(errno, sqlState, `Getting analyzing error. Detail message: ${detail}.`);
  }

  /** What is refused after the analyzer, when the statement is executed: nothing stands before the text. */
  static failed(message: string): SqlError {
    return new SqlError(1064, 'HY000', message);
  }

  /** What the analyzer refuses and knows the place of. */
  static refusedAt(place: string, detail: string): SqlError {
    return SqlError.failed(`Getting analyzing error ${place}. Detail message: ${detail}.`);
  }

  static syntax(place: string, detail: string): SqlError {
    return SqlError.failed(`Getting syntax error ${place}. Detail message: ${detail}.`);
  }

  static unknownDatabase(database: string): SqlError {
    return SqlError.analyzed(5501, '3F000', `Unknown database '${database}'`);
  }

  /** A database that a session cannot select is told without saying who found it. */
  static cannotSelect(database: string): SqlError {
    return new SqlError(5501, '3F000', `Unknown database '${database}'`);
  }

  /** @in table: with its database where a query reads it, alone everywhere else */
  static unknownTable(table: string): SqlError {
    return SqlError.analyzed(5502, '42602', `Unknown table '${table}'`);
  }

  static databaseExists(database: string): SqlError {
    return new SqlError(1007, 'HY000', `Can't create database '${database}'; database exists`);
  }

  static noSuchDatabase(database: string): SqlError {
    return new SqlError(1008, 'HY000', `Can't drop database '${database}'; database doesn't exist`);
  }

  static tableExists(table: string): SqlError {
    return SqlError.analyzed(1050, '42S01', `Table '${table}' already exists`);
  }

  static duplicateColumn(column: string): SqlError {
    return SqlError.analyzed(1060, '42S21', `Duplicate column name '${column}'`);
  }

  static noDatabase(): SqlError {
    return SqlError.analyzed(1046, '3D000', 'No database selected');
  }
}
