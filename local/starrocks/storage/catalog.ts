import type { Catalog, Column, StoredName, TableDefinition, ViewDefinition } from '../model.ts';
import { SqlError } from '../sql/sql-error.ts';
import type { Alteration } from './alteration.ts';
import { defaultSql } from './default-sql.ts';
import { duckName, duckTable, duckType, quoted } from './duck-names.ts';
import type { Engine } from './engine.ts';
import { duckExpression } from './expressions.ts';
import { createSchemaJobs, type SchemaJob, type SchemaJobs } from './schema-jobs.ts';
import { duckSchemas, storedName } from './stored-names.ts';

/** A catalog that can be changed. Every change is refused with a SqlError, or made in memory and in DuckDB alike. */
export interface EditableCatalog extends Catalog {
  databases(): readonly string[];
  /** Tables of a database, in the order of their names. */
  tables(database: string): readonly TableDefinition[];
  view(database: string, view: string): ViewDefinition | undefined;
  views(database: string): readonly ViewDefinition[];
  /** The DuckDB schema of a database. */
  schemaOf(database: string): string | undefined;
  createDatabase(database: string, options?: { readonly ifNotExists?: boolean }): Promise<void>;
  dropDatabase(database: string, options?: { readonly ifExists?: boolean }): Promise<void>;
  createTable(definition: TableDefinition, options?: { readonly ifNotExists?: boolean }): Promise<void>;
  dropTable(database: string, table: string, options?: { readonly ifExists?: boolean }): Promise<void>;
  /** @in query: in DuckDB's SQL */
  createView(view: ViewDefinition, query: string, options?: { readonly orReplace?: boolean }): Promise<void>;
  dropView(database: string, view: string, options?: { readonly ifExists?: boolean }): Promise<void>;
  truncate(database: string, table: string): Promise<void>;
  renameTable(database: string, table: string, name: string): Promise<void>;
  swapTables(database: string, table: string, other: string): Promise<void>;
  /** At once, or by a job. @throws SqlError while another job of the table runs */
  alter(table: TableDefinition, alteration: Alteration): Promise<void>;
  /** @throws SqlError while a job of the table runs */
  refuseWhileBusy(database: string, table: string): void;
  schemaJobs(database: string): readonly SchemaJob[];
  settle(): Promise<void> | undefined;
}

interface Database {
  readonly schema: string;
  readonly tables: Map<string, TableDefinition>;
  readonly views: Map<string, ViewDefinition>;
}

/** A database that is there already. */
export interface KnownDatabase {
  readonly name: string;
  readonly schema: string;
  readonly tables: readonly TableDefinition[];
  readonly views: readonly ViewDefinition[];
}

/**
 * Keeps what databases and tables exist: one DuckDB schema per database, a table of the same name in it with the
 * columns in definition order and no constraints, since rows are made unique when they are published.
 *
 * @in now: epoch milliseconds; known: what DuckDB holds already
 */
export function createCatalog(
  engine: Engine,
  now: () => number = Date.now,
  known: readonly KnownDatabase[] = [],
): EditableCatalog {
  return new DuckCatalog(engine, now, known);
}

class DuckCatalog implements EditableCatalog {
  readonly #engine: Engine;
  readonly #jobs: SchemaJobs;
  readonly #databases = new Map<string, Database>();

  constructor(engine: Engine, now: () => number, known: readonly KnownDatabase[]) {
    this.#engine = engine;
    this.#jobs = createSchemaJobs(now);
    const byTheirNames = <T extends { readonly name: string }>(all: readonly T[]) =>
      new Map(all.map((each) => [each.name, each]));
    for (const { name, schema, tables, views } of known) {
      this.#databases.set(name, { schema, tables: byTheirNames(tables), views: byTheirNames(views) });
    }
  }

  hasDatabase(database: string): boolean {
    return this.#databases.has(database);
  }

  table(database: string, table: string): TableDefinition | undefined {
    return this.#databases.get(database)?.tables.get(table);
  }

  view(database: string, view: string): ViewDefinition | undefined {
    return this.#databases.get(database)?.views.get(view);
  }

  databases(): string[] {
    return [...this.#databases.keys()].sort();
  }

  tables(database: string): TableDefinition[] {
    return [...this.#in(database).tables.values()].sort(byName);
  }

  views(database: string): ViewDefinition[] {
    return [...this.#in(database).views.values()].sort(byName);
  }

  schemaOf(database: string): string | undefined {
    return this.#databases.get(database)?.schema;
  }

  async createDatabase(database: string, { ifNotExists = false } = {}): Promise<void> {
    if (this.#databases.has(database) || database.toLowerCase() === 'information_schema') {
      if (ifNotExists) return;
      throw SqlError.databaseExists(database);
    }
    const schema = storedName(database, [...duckSchemas, ...[...this.#databases.values()].map((each) => each.schema)]);
    await this.#run(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
    this.#databases.set(database, { schema, tables: new Map(), views: new Map() });
  }

  async dropDatabase(database: string, { ifExists = false } = {}): Promise<void> {
    const found = this.#databases.get(database);
    if (found === undefined) {
      if (ifExists) return;
      throw SqlError.noSuchDatabase(database);
    }
    await this.#run(`DROP SCHEMA IF EXISTS ${quoted(found.schema)} CASCADE`);
    this.#databases.delete(database);
    this.#jobs.forget(database);
  }

  async createTable(created: TableDefinition, { ifNotExists = false } = {}): Promise<void> {
    const { tables } = this.#in(created.database);
    if (tables.has(created.name) || this.view(created.database, created.name) !== undefined) {
      if (ifNotExists) return;
      throw SqlError.tableExists(created.name);
    }
    const columns = created.columns.map((column) => `${quoted(column.name)} ${typeOf(column)}`).join(', ');
    const stored = this.#stored(created);
    await this.#run(`CREATE TABLE IF NOT EXISTS ${duckTable(stored)} (${columns})`);
    tables.set(created.name, stored);
  }

  async dropTable(database: string, table: string, { ifExists = false } = {}): Promise<void> {
    if (ifExists && this.table(database, table) === undefined) return;
    const dropped = this.#definition(database, table);
    await this.#run(`DROP TABLE ${duckTable(dropped)}`);
    this.#in(database).tables.delete(table);
    this.#jobs.forget(database, table);
  }

  async createView(view: ViewDefinition, query: string, { orReplace = false } = {}): Promise<void> {
    const { tables, views } = this.#in(view.database);
    if (tables.has(view.name) || (views.has(view.name) && !orReplace)) throw SqlError.tableExists(view.name);
    const stored = views.get(view.name) ?? this.#stored(view);
    await this.#run(`CREATE OR REPLACE VIEW ${duckPlace(stored)} AS ${query}`);
    views.set(view.name, { ...view, ...(stored.storedAs !== undefined && { storedAs: stored.storedAs }) });
  }

  async dropView(database: string, view: string, { ifExists = false } = {}): Promise<void> {
    const found = this.view(database, view);
    if (found === undefined) {
      if (ifExists) return;
      if (!this.hasDatabase(database)) throw SqlError.unknownDatabase(database);
      throw SqlError.unknownTable(view);
    }
    await this.#run(`DROP VIEW ${duckPlace(found)}`);
    this.#in(database).views.delete(view);
  }

  async truncate(database: string, table: string): Promise<void> {
    await this.#run(`TRUNCATE ${duckTable(this.#definition(database, table))}`);
  }

  async renameTable(database: string, table: string, name: string): Promise<void> {
    const old = this.#definition(database, table);
    const { tables, views } = this.#in(database);
    if (tables.has(name) || views.has(name)) throw SqlError.tableExists(name);
    const renamed = this.#stored({ ...old, name });
    await this.#run(`ALTER TABLE ${duckTable(old)} RENAME TO ${quoted(renamed.storedAs?.table ?? name)}`);
    tables.delete(table);
    tables.set(name, renamed);
  }

  async swapTables(database: string, table: string, other: string): Promise<void> {
    const [one, two] = [this.#definition(database, table), this.#definition(database, other)];
    const { tables, schema } = this.#in(database);
    const placeOf = ({ name, storedAs }: TableDefinition): StoredName => storedAs ?? { schema, table: name };
    tables.set(table, { ...two, name: table, storedAs: placeOf(two) });
    tables.set(other, { ...one, name: other, storedAs: placeOf(one) });
  }

  refuseWhileBusy(database: string, table: string): void {
    if (!this.#jobs.isBusy(database, table)) return;
    throw SqlError.failed(
      `A schema change operation is in progress on the table ${table}. Please wait until the current operation completes. To check the status of the operation, see https://docs.starrocks.io/docs/sql-reference/sql-statements/table_bucket_part_index/SHOW_ALTER`,
    );
  }

  async alter(table: TableDefinition, alteration: Alteration): Promise<void> {
    this.refuseWhileBusy(table.database, table.name);
    for (const column of alteration.changed.columns) typeOf(column);
    if (alteration.work === 'job') {
      this.#jobs.begin(table, alteration, () => this.#rebuild(table, alteration));
      return;
    }
    await this.#rebuild(table, alteration);
    if (alteration.work === 'schema') this.#jobs.finished(alteration.changed);
  }

  schemaJobs(database: string): readonly SchemaJob[] {
    this.#in(database);
    return this.#jobs.list(database);
  }

  settle(): Promise<void> | undefined {
    return this.#jobs.settle();
  }

  #in(database: string): Database {
    const found = this.#databases.get(database);
    if (found === undefined) throw SqlError.unknownDatabase(database);
    return found;
  }

  #definition(database: string, table: string): TableDefinition {
    const found = this.#in(database).tables.get(table);
    if (found === undefined) throw SqlError.unknownTable(table);
    return found;
  }

  /** A table or view, told where DuckDB keeps it. */
  #stored<T extends TableDefinition | ViewDefinition>(made: T): T {
    const { schema, tables, views } = this.#in(made.database);
    const taken = [...tables.values(), ...views.values()].map(({ name, storedAs }) => storedAs?.table ?? name);
    const table = storedName(made.name, taken);
    const { storedAs: _, ...plain } = made;
    return (schema === made.database && table === made.name ? plain : { ...plain, storedAs: { schema, table } }) as T;
  }

  /** In turn with all that publishes rows, so that neither finds the table changed under it. */
  #run(sql: string): Promise<void> {
    return this.#engine.exclusively((connection) => connection.run(sql));
  }

  /** Makes the DuckDB table anew from its rows; rows that come by an older schema get the defaults of new columns. */
  async #rebuild(old: TableDefinition, { changed, sources }: Alteration): Promise<void> {
    const name = duckTable(changed);
    const columns = sources.map(({ column, from }) => {
      const type = typeOf(column);
      const value = from === undefined ? initialSql(column) : quoted(from);
      const isKept = old.columns.some((each) => each.name === from && each.type.text === column.type.text);
      return `${isKept ? value : `TRY_CAST(${value} AS ${type})`} AS ${quoted(column.name)}`;
    });
    const defaults = sources
      .filter(({ column, from }) => from === undefined && column.default !== undefined && column.default !== null)
      .map(({ column }) => `ALTER TABLE ${name} ALTER ${quoted(column.name)} SET DEFAULT ${defaultSql(column)}`);
    const isSame = sources.every(({ column, from }, index) => sameColumn(column, from, old.columns[index]));
    if (!isSame || sources.length !== old.columns.length) {
      await this.#run(
        [`CREATE OR REPLACE TABLE ${name} AS SELECT ${columns.join(', ')} FROM ${name}`, ...defaults].join(';\n'),
      );
    }
    this.#in(changed.database).tables.set(changed.name, changed);
  }
}

function sameColumn(column: Column, from: string | undefined, old: Column | undefined): boolean {
  return from === column.name && old?.name === from && old.type.text === column.type.text;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function duckPlace({ database, name, storedAs }: ViewDefinition): string {
  return duckName(storedAs?.schema ?? database, storedAs?.table ?? name);
}

/** A column by name, letter case aside: column names are not case-sensitive in StarRocks. */
export function findColumn(table: TableDefinition, name: string): Column | undefined {
  return table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

function typeOf(column: Column): string {
  try {
    return duckType(column.type);
  } catch (error) {
    throw SqlError.refused(error instanceof Error ? error.message : String(error));
  }
}

/** What a column that is new begins with, over the columns that there were. */
function initialSql(column: Column): string {
  return column.generated === undefined ? defaultSql(column) : duckExpression(column.generated);
}
