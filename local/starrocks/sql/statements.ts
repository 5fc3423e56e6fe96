import { setTimeout } from 'node:timers/promises';
import type { TableDefinition } from '../model.ts';
import { type Answer, done } from '../mysql/mysql-replies.ts';
import type { EditableCatalog } from '../storage/catalog.ts';
import { literal, quoted } from '../storage/duck-names.ts';
import type { Engine, EngineConnection } from '../storage/engine.ts';
import type { Accounts } from '../users/accounts.ts';
import { wholeSystem } from '../users/privileges.ts';
import { administrate } from './admin.ts';
import type { ClusterView } from './cluster-view.ts';
import { type CreateAs, createTableFor, readCreateAs } from './create-as.ts';
import { type DdlStatement, parseDdl, readTableName } from './ddl.ts';
import { applyDdl } from './ddl-apply.ts';
import { ddlSetting } from './ddl-properties.ts';
import type { DescribedQuery } from './ddl-view.ts';
import { type Translated, translate } from './dialect.ts';
import { macros } from './functions.ts';
import { fillInformationSchema, keepConstantRows } from './information-schema/fill.ts';
import { informationSchema, ownDatabases } from './information-schema/tables.ts';
import { kill, type Sessions } from './kill.ts';
import { relationNamed, tableNamed } from './names.ts';
import { createObjects, type Objects } from './objects.ts';
import { requireReaders, requireWriters } from './outages.ts';
import { rowsAnswer } from './query.ts';
import { checkQuery, locate, sleepMs } from './query-checks.ts';
import { type Rights, rightsOf, securable, visibleCatalog } from './rights/access.ts';
import { changeGrants } from './rights/grant-statements.ts';
import { requireDdl, requireSelect } from './rights/statement-rights.ts';
import { changeUsers } from './rights/user-statements.ts';
import { defaultCatalog, readDatabaseName, type Session } from './session.ts';
import { assign, readAssignments } from './set.ts';
import { describeTable } from './show/columns.ts';
import { show } from './show/show.ts';
import { SqlError } from './sql-error.ts';
import { tableFacts } from './table-facts.ts';
import { timeText } from './time-text.ts';
import { TokenReader } from './token-reader.ts';
import { createVariables, type Variables } from './variables.ts';
import { insertRows, readInsert } from './writes.ts';

export interface StatementRunner {
  /** Runs one statement. @throws SqlError, or what DuckDB throws */
  run(sql: string, session: Session): Promise<Answer>;
  /** Selects a database, named as `readDatabaseName` reads it. @throws SqlError 5501 when there is none of that name, 5203 for who may do nothing in it */
  use(session: Session, database: string): void;
}

export interface StatementRunnerOptions {
  readonly engine: Engine;
  readonly catalog: EditableCatalog;
  readonly cluster: ClusterView;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
}

/** Statements that succeed and do nothing: every statement is a transaction of its own here. */
const noEffect = new Set(['BEGIN', 'START', 'COMMIT', 'ROLLBACK', 'ANALYZE', 'LOCK', 'UNLOCK', 'SYNC']);

const queries = new Set(['SELECT', 'WITH', 'VALUES', '(', 'EXPLAIN']);

export function createStatementRunner(options: StatementRunnerOptions): StatementRunner {
  return new Runner(options);
}

class Runner implements StatementRunner {
  readonly #engine: Engine;
  readonly #catalog: EditableCatalog;
  readonly #cluster: ClusterView;
  readonly #sessions: Sessions;
  readonly #accounts: Accounts;
  readonly #objects: Objects;
  readonly #variables: Variables;
  #macros: Promise<void> | undefined;
  #constantRows: Promise<void> | undefined;

  constructor({ engine, catalog, cluster, sessions, accounts }: StatementRunnerOptions) {
    this.#engine = engine;
    this.#catalog = catalog;
    this.#cluster = cluster;
    this.#sessions = sessions;
    this.#accounts = accounts;
    this.#objects = createObjects(cluster.now);
    this.#variables = createVariables(cluster);
  }

  async run(sql: string, session: Session): Promise<Answer> {
    this.#macros ??= createMacros(this.#engine);
    await this.#macros;
    await this.#catalog.settle();
    if (this.#changeRights(new TokenReader(sql), session)) return done;
    const created = readCreateAs(sql);
    if (created !== undefined) return this.#createAs(created, session);
    const rights = this.#rights(session);
    const setting = ddlSetting(this.#cluster);
    const ddl = parseDdl(sql, session.database, {
      ...setting,
      catalog: this.#catalog,
      authorize: (database) => rights.require('CREATE TABLE', { kind: 'DATABASE', database }),
    });
    if (ddl !== undefined) {
      requireDdl(ddl, this.#catalog, rights);
      const describe = (query: string) => this.#describe(query, session);
      await applyDdl(ddl, this.#catalog, { ...setting, now: timeText(this.#cluster.now()), describe });
      this.#remember(ddl);
      return done;
    }
    const reader = new TokenReader(sql);
    const word = reader.peek().value.toUpperCase();
    if (queries.has(word) && !isDescription(reader)) return this.#select(sql, session);
    return noEffect.has(word) ? done : this.#command(reader, session);
  }

  use(session: Session, named: string): void {
    const database = named.startsWith(`${defaultCatalog}.`) ? named.slice(defaultCatalog.length + 1) : named;
    const isOwn = database === informationSchema || ownDatabases.includes(database);
    const exists = isOwn || this.#catalog.hasDatabase(database);
    if (!exists) throw SqlError.cannotSelect(database);
    if (database !== informationSchema) this.#rights(session).require('ANY', { kind: 'DATABASE', database });
    session.database = database;
  }

  #rights(session: Session): Rights {
    return rightsOf(this.#accounts, session.subject);
  }

  /** Users, roles, GRANT and REVOKE; false for other statements. */
  #changeRights(reader: TokenReader, session: Session): boolean {
    const setting = { accounts: this.#accounts, catalog: this.#catalog, session };
    return changeUsers(reader, this.#accounts, session) || changeGrants(reader, setting);
  }

  async #command(reader: TokenReader, session: Session): Promise<Answer> {
    if (reader.accept('USE')) {
      this.use(session, readDatabaseName(reader));
      return done;
    }
    if (reader.accept('SHOW')) return show(reader, this.#shown(session));
    if (reader.acceptOneOf(['DESC', 'DESCRIBE', 'EXPLAIN']) !== undefined) {
      return describeTable(reader, this.#shown(session));
    }
    if (reader.accept('SET')) {
      const evaluate = (expression: string) => this.#evaluate(expression, session);
      const assignments = readAssignments(reader);
      const isGlobal = assignments.some((each) => each.to === 'system' && each.scope === 'global');
      if (isGlobal) this.#rights(session).require('OPERATE', wholeSystem);
      await assign(assignments, session, this.#variables, evaluate);
      return done;
    }
    if (reader.accept('ADMIN')) {
      this.#rights(session).require('OPERATE', wholeSystem);
      return administrate(reader, this.#cluster);
    }
    if (reader.accept('KILL')) return kill(reader, this.#sessions, session, this.#rights(session));
    if (reader.accept('INSERT')) return this.#insert(reader, session, { asks: true });
    if (reader.accept('DELETE')) return this.#delete(reader, session);
    if (reader.accept('UPDATE')) return this.#update(reader, session);
    throw reader.unexpected("'SELECT', 'SHOW', 'CREATE', 'ALTER', 'DROP', 'INSERT', 'DELETE', 'UPDATE', 'USE', 'SET'");
  }

  /** What statements that show things can ask. */
  #shown(session: Session) {
    const rights = this.#rights(session);
    return {
      catalog: visibleCatalog(this.#catalog, rights),
      accounts: this.#accounts,
      rights,
      cluster: this.#cluster,
      objects: this.#objects,
      variables: this.#variables,
      session,
      sessions: () => this.#sessions.all(),
      ...tableFacts(this.#engine),
    };
  }

  /** @in target: the table that is changed, whose rows need not be read */
  #translate(sql: string, session: Session, target?: TableDefinition): Translated {
    const asker = { session, variables: this.#variables, version: this.#cluster.version };
    const translated = translate(sql, asker, {
      resolve: (path) => relationNamed(this.#catalog, path, session.database),
    });
    requireSelect(
      translated.tables.filter((table) => table !== target),
      this.#rights(session),
    );
    return translated;
  }

  async #select(sql: string, session: Session): Promise<Answer> {
    requireReaders(this.#cluster, sql);
    const translated = this.#translate(sql, session);
    checkQuery(sql, translated.tables);
    if (sleepMs(sql) > 0) await setTimeout(sleepMs(sql));
    return this.#engine.connected(async (connection) => {
      await this.#enter(connection, session, translated);
      const result = await connection.result(translated.sql).catch((error: unknown) => {
        throw locate(error, sql);
      });
      return rowsAnswer(sql, translated.tables, result);
    });
  }

  async #evaluate(expression: string, session: Session): Promise<{ literal: string; text: string | null }> {
    const answer = await this.#select(`SELECT ${expression}`, session);
    const value = answer.kind === 'rows' ? (answer.rows[0]?.[0] ?? null) : null;
    if (value === null) return { literal: 'NULL', text: null };
    const isNumber = typeof value === 'number' || typeof value === 'bigint';
    return { literal: isNumber ? String(value) : literal(String(value)), text: String(value) };
  }

  async #createAs(created: CreateAs, session: Session): Promise<Answer> {
    const { tables } = this.#translate(created.query, session);
    const { columns } = await this.#describe(created.query, session);
    const name = readTableName(new TokenReader(created.name), session.database);
    const existed = this.#catalog.table(name.database, name.table) !== undefined;
    await this.run(createTableFor(created, tables, { columns, rows: [], rowsChanged: 0 }), session);
    // IF NOT EXISTS, and it does.
    if (existed) return done;
    return this.#insert(new TokenReader(`${created.name} ${created.query}`), session, { asks: false });
  }

  /** A query in DuckDB's SQL, and what it gives. */
  #describe(query: string, session: Session): Promise<DescribedQuery> {
    const translated = this.#translate(query, session);
    return this.#engine.connected(async (connection) => {
      await this.#enter(connection, session, translated);
      const { sql } = translated;
      const { columns } = await connection.result(`SELECT * FROM (${sql}) LIMIT 0`);
      return { sql, columns };
    });
  }

  /** @in asks: whether it takes a privilege to insert; into a table that a query makes it takes none */
  #insert(reader: TokenReader, session: Session, { asks }: { readonly asks: boolean }): Promise<Answer> {
    const parsed = readInsert(reader, () => readTableName(reader, session.database));
    const table = tableNamed(this.#catalog, parsed.name);
    if (asks) this.#rights(session).require('INSERT', securable(table));
    requireWriters(this.#cluster, this.#objects.of(table.database, table.name).id);
    const translated = this.#translate(parsed.source, session);
    return this.#engine.exclusively(async (connection) => {
      await this.#enter(connection, session, translated);
      const source = translated.sql;
      const affectedRows = await insertRows(connection, table, { columns: parsed.columns, source });
      return { kind: 'done', affectedRows };
    });
  }

  async #delete(reader: TokenReader, session: Session): Promise<Answer> {
    reader.expect('FROM');
    const table = tableNamed(this.#catalog, readTableName(reader, session.database));
    if (!reader.sees('WHERE') && !reader.sees('USING')) throw SqlError.refused('Where clause is not set');
    this.#rights(session).require('DELETE', securable(table));
    return this.#change(reader.sql, session, table);
  }

  async #update(reader: TokenReader, session: Session): Promise<Answer> {
    const table = tableNamed(this.#catalog, readTableName(reader, session.database));
    const { name, model } = table;
    if (model !== 'PRIMARY_KEYS') throw SqlError.refused(`only support updating primary key table, ${name} is not one`);
    this.#rights(session).require('UPDATE', securable(table));
    return this.#change(reader.sql, session, table);
  }

  #change(sql: string, session: Session, target: TableDefinition): Promise<Answer> {
    const translated = this.#translate(sql, session, target);
    return this.#engine.exclusively(async (connection) => {
      await this.#enter(connection, session, translated);
      const { rowsChanged } = await connection.result(translated.sql);
      return { kind: 'done', affectedRows: rowsChanged };
    });
  }

  /** Selects the session's database on a connection, whose `main` holds the macros, and puts system tables there. */
  async #enter(connection: EngineConnection, session: Session, { tables }: Translated): Promise<void> {
    const { database } = session;
    const schema = database === undefined ? undefined : this.#catalog.schemaOf(database);
    if (schema !== undefined) await connection.run(`SET search_path = ${literal(`${quoted(schema)},main`)}`);
    const system = tables.filter((table) => table.database === informationSchema).map(({ name }) => name);
    if (system.length === 0) return;
    this.#constantRows ??= keepConstantRows(this.#engine);
    await this.#constantRows;
    await fillInformationSchema(connection, new Set(system), this.#shown(session));
  }

  #remember(ddl: DdlStatement): void {
    if (ddl.kind === 'drop-database') this.#objects.dropped(ddl.database);
    if (ddl.kind === 'create-database') this.#objects.of(ddl.database);
    if (ddl.kind === 'drop-table') this.#objects.dropped(ddl.name.database, ddl.name.table);
    if (ddl.kind === 'create-table') this.#objects.of(ddl.definition.database, ddl.definition.name);
  }
}

async function createMacros(engine: Engine): Promise<void> {
  for (const macro of macros) await engine.run(macro);
}

function isDescription(reader: TokenReader): boolean {
  return reader.sees('EXPLAIN') && reader.peek(2).kind === 'end';
}
