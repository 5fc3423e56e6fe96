/** A statement that is refused, as a MySQL client is told. */
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
    if (table !== undefined)
      return new SqlError(5502, '42S02', `Getting analyzing error. Detail message: Unknown table '${table}'.`);
    const column = /Referenced column "(.+?)" not found/.exec(first)?.[1];
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
    return new SqlError(1064, 'HY000', `Getting analyzing error. Detail message: ${detail}.`.replace(/\.+$/, '.'));
  }

  static syntax(line: number, column: number, detail: string): SqlError {
    return new SqlError(
      1064,
      'HY000',
      `Getting syntax error at line ${line}, column ${column}. Detail message: ${detail}.`.replace(/\.+$/, '.'),
    );
  }

  static unknownDatabase(database: string): SqlError {
    return new SqlError(1049, '42000', `Unknown database '${database}'`);
  }

  static unknownTable(database: string, table: string): SqlError {
    return new SqlError(
      5502,
      '42S02',
      `Getting analyzing error. Detail message: Unknown table '${database}.${table}'.`,
    );
  }

  static databaseExists(database: string): SqlError {
    return new SqlError(1007, 'HY000', `Can't create database '${database}'; database exists`);
  }

  static tableExists(table: string): SqlError {
    return new SqlError(1050, '42S01', `Table '${table}' already exists`);
  }

  static duplicateColumn(column: string): SqlError {
    return new SqlError(1060, '42S21', `Duplicate column name '${column}'`);
  }

  static noDatabase(): SqlError {
    return new SqlError(1046, '3D000', 'No database selected');
  }
}
