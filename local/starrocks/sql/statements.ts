import { DuckDBTypeId } from '@duckdb/node-api';
import type { TableDefinition } from '../model.ts';
import { MYSQL, resultColumn, typeOfDuck } from '../mysql/mysql-columns.ts';
import { type Answer, DONE } from '../mysql/mysql-replies.ts';
import type { EditableCatalog } from '../storage/catalog.ts';
import { literal, quoted } from '../storage/duck-names.ts';
import type { Engine, EngineConnection, QueryResult } from '../storage/engine.ts';
import { parseDdl, readTableName, type TableName } from './ddl.ts';
import { applyDdl } from './ddl-apply.ts';
import { MACROS, translate } from './dialect.ts';
import { fillInformationSchema, type LoadRecord } from './information-schema.ts';
import { describeTable, show } from './show.ts';
import { SqlError } from './sql-error.ts';
import { type Token, tokenize } from './sql-tokens.ts';
import { timeText } from './time-text.ts';
import { TokenReader } from './token-reader.ts';
import { insertRows, readInsert } from './writes.ts';

/** What a connection remembers between statements. */
export interface Session {
  readonly id: number;
  readonly user: string;
  readonly address: string;
  /** The selected one. */
  database: string | undefined;
}

export interface StatementRunner {
  /** Runs one statement. @throws SqlError, or what DuckDB throws */
  run(sql: string, session: Session): Promise<Answer>;
  /** Selects a database. @throws SqlError 5501 when there is none of that name */
  use(session: Session, database: string): void;
}

export interface StatementRunnerOptions {
  readonly engine: Engine;
  readonly catalog: EditableCatalog;
  readonly loads?: () => readonly LoadRecord[];
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** Statements that succeed and do nothing: every statement is a transaction of its own here. */
const NO_EFFECT = new Set([
  'SET',
  'BEGIN',
  'START',
  'COMMIT',
  'ROLLBACK',
  'KILL',
  'ANALYZE',
  'GRANT',
  'LOCK',
  'UNLOCK',
]);

const QUERIES = new Set(['SELECT', 'WITH', 'VALUES', '(', 'EXPLAIN']);

export function createStatementRunner(options: StatementRunnerOptions): StatementRunner {
  return new Runner(options);
}

class Runner implements StatementRunner {
  readonly #engine: Engine;
  readonly #catalog: EditableCatalog;
  readonly #loads: () => readonly LoadRecord[];
  readonly #now: () => number;
  #macros: Promise<void> | undefined;

  constructor({ engine, catalog, loads = () => [], now = Date.now }: StatementRunnerOptions) {
    this.#engine = engine;
    this.#catalog = catalog;
    this.#loads = loads;
    this.#now = now;
  }

  async run(sql: string, session: Session): Promise<Answer> {
    this.#macros ??= createMacros(this.#engine);
    await this.#macros;
    await this.#catalog.settle();
    const ddl = parseDdl(sql, session.database, { catalog: this.#catalog });
    if (ddl !== undefined) {
      await applyDdl(ddl, this.#catalog, { now: timeText(this.#now()) });
      return DONE;
    }
    const reader = new TokenReader(sql);
    const word = reader.peek().value.toUpperCase();
    if (QUERIES.has(word) && !isDescription(reader)) return this.#select(sql, session);
    return NO_EFFECT.has(word) ? DONE : this.#command(reader, session);
  }

  use(session: Session, database: string): void {
    const exists = database === 'information_schema' || this.#catalog.hasDatabase(database);
    if (!exists) throw SqlError.cannotSelect(database);
    session.database = database;
  }

  async #command(reader: TokenReader, session: Session): Promise<Answer> {
    if (reader.accept('USE')) {
      this.use(session, reader.identifier());
      return DONE;
    }
    if (reader.accept('SHOW')) return show(reader, this.#catalog, session.database);
    if (reader.acceptOneOf(['DESC', 'DESCRIBE', 'EXPLAIN']) !== undefined) {
      return describeTable(reader, this.#catalog, session.database);
    }
    if (reader.accept('INSERT')) return this.#insert(reader, session);
    if (reader.accept('DELETE')) return this.#delete(reader, session);
    if (reader.accept('UPDATE')) return this.#update(reader, session);
    throw reader.unexpected("'SELECT', 'SHOW', 'CREATE', 'ALTER', 'DROP', 'INSERT', 'DELETE', 'UPDATE', 'USE', 'SET'");
  }

  #select(sql: string, session: Session): Promise<Answer> {
    const translated = translate(sql, session);
    return this.#engine.connected(async (connection) => {
      await enter(connection, session);
      await fillInformationSchema(connection, translated.informationSchema, this.#catalog, this.#loads());
      return rowsAnswer(sql, await connection.result(translated.sql));
    });
  }

  #insert(reader: TokenReader, session: Session): Promise<Answer> {
    const parsed = readInsert(reader, () => readTableName(reader, session.database));
    const table = this.#tableNamed(parsed.name);
    const { sql: source } = translate(parsed.source, session);
    return this.#engine.exclusively(async (connection) => {
      await enter(connection, session);
      const affectedRows = await insertRows(connection, table, { columns: parsed.columns, source });
      return { kind: 'done', affectedRows };
    });
  }

  async #delete(reader: TokenReader, session: Session): Promise<Answer> {
    reader.expect('FROM');
    this.#tableNamed(readTableName(reader, session.database));
    if (!reader.sees('WHERE') && !reader.sees('USING')) throw SqlError.refused('Where clause is not set');
    return this.#change(reader.sql, session);
  }

  async #update(reader: TokenReader, session: Session): Promise<Answer> {
    const { name, model } = this.#tableNamed(readTableName(reader, session.database));
    if (model !== 'PRIMARY_KEYS') throw SqlError.refused(`only support updating primary key table, ${name} is not one`);
    return this.#change(reader.sql, session);
  }

  #change(sql: string, session: Session): Promise<Answer> {
    const translated = translate(sql, session);
    return this.#engine.exclusively(async (connection) => {
      await enter(connection, session);
      const { rowsChanged } = await connection.result(translated.sql);
      return { kind: 'done', affectedRows: rowsChanged };
    });
  }

  #tableNamed({ database, table }: TableName): TableDefinition {
    const found = this.#catalog.table(database, table);
    if (found !== undefined) return found;
    if (!this.#catalog.hasDatabase(database)) throw SqlError.unknownDatabase(database);
    throw SqlError.unknownTable(table);
  }
}

async function createMacros(engine: Engine): Promise<void> {
  for (const macro of MACROS) await engine.run(macro);
}

function isDescription(reader: TokenReader): boolean {
  return reader.sees('EXPLAIN') && reader.peek(2).kind === 'end';
}

/** Selects the session's database on a connection; `main` holds the macros. */
async function enter(connection: EngineConnection, { database }: Session): Promise<void> {
  if (database === undefined || database === 'information_schema') return;
  await connection.run(`SET search_path = ${literal(`${quoted(database)},main`)}`);
}

function rowsAnswer(sql: string, result: QueryResult): Answer {
  const tokens = tokenize(sql);
  const sums = tokens.some((token, index) => /^sum$/i.test(token.value) && tokens[index + 1]?.value === '(');
  const columns = result.columns.map(({ name, type }, index) => {
    const column = resultColumn(asWritten(name, tokens), typeOfDuck(type), type);
    // DuckDB sums integers as HUGEINT, StarRocks as BIGINT.
    const isSum = sums && type.typeId === DuckDBTypeId.HUGEINT && result.rows.every((row) => isBigint(row[index]));
    return isSum ? { ...column, code: MYSQL.LONGLONG } : column;
  });
  return { kind: 'rows', columns, rows: result.rows };
}

function isBigint(value: unknown): boolean {
  return value === null || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value);
}

/** A result column is called as the query calls it; DuckDB says as the table does. */
function asWritten(name: string, tokens: readonly Token[]): string {
  const spellings = tokens.filter((token) => token.value.toLowerCase() === name.toLowerCase());
  return spellings.some((token) => token.value === name) ? name : (spellings[0]?.value ?? name);
}
