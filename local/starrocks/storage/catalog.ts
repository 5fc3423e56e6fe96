import type { Catalog, Column, TableDefinition } from '../model.ts';
import { SqlError } from '../sql/sql-error.ts';
import { duckName, duckType, literal, quoted } from './duck-names.ts';
import type { Engine } from './engine.ts';

/** A catalog that can be changed. Every change is refused with a SqlError, or made in memory and in DuckDB alike. */
export interface EditableCatalog extends Catalog {
  databases(): readonly string[];
  /** Tables of a database, in the order of their names. */
  tables(database: string): readonly TableDefinition[];
  createDatabase(database: string, options?: { readonly ifNotExists?: boolean }): Promise<void>;
  dropDatabase(database: string, options?: { readonly ifExists?: boolean }): Promise<void>;
  createTable(definition: TableDefinition, options?: { readonly ifNotExists?: boolean }): Promise<void>;
  dropTable(database: string, table: string, options?: { readonly ifExists?: boolean }): Promise<void>;
  truncate(database: string, table: string): Promise<void>;
  renameTable(database: string, table: string, name: string): Promise<void>;
  /** Rows that exist get the default. `after` is a column name, or FIRST; at the end when left out. */
  addColumn(database: string, table: string, column: Column, place?: ColumnPlace): Promise<void>;
  dropColumn(database: string, table: string, column: string): Promise<void>;
  modifyColumn(database: string, table: string, column: Column): Promise<void>;
  renameColumn(database: string, table: string, column: string, name: string): Promise<void>;
}

export type ColumnPlace = { readonly first: true } | { readonly after: string };

/** Names of DuckDB's own schemas and catalogs, and StarRocks' own database. */
const TAKEN_NAMES = ['information_schema', 'main', 'memory', 'pg_catalog', 'system', 'temp'];

/**
 * Keeps what databases and tables exist: one DuckDB schema per database, a table of the same name in it with the
 * columns in definition order and no constraints, since rows are made unique when they are published.
 */
export function createCatalog(engine: Engine): EditableCatalog {
  return new DuckCatalog(engine);
}

class DuckCatalog implements EditableCatalog {
  readonly #engine: Engine;
  /** Tables by name, by database. */
  readonly #databases = new Map<string, Map<string, TableDefinition>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  hasDatabase(database: string): boolean {
    return this.#databases.has(database);
  }

  table(database: string, table: string): TableDefinition | undefined {
    return this.#databases.get(database)?.get(table);
  }

  databases(): string[] {
    return [...this.#databases.keys()].sort();
  }

  tables(database: string): TableDefinition[] {
    return [...this.#tablesOf(database).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async createDatabase(database: string, { ifNotExists = false } = {}): Promise<void> {
    if (this.#databases.has(database)) {
      if (ifNotExists) return;
      throw SqlError.databaseExists(database);
    }
    refuseLookalike(database, [...this.#databases.keys(), ...TAKEN_NAMES]);
    await this.#run(`CREATE SCHEMA IF NOT EXISTS ${quoted(database)}`);
    this.#databases.set(database, new Map());
  }

  async dropDatabase(database: string, { ifExists = false } = {}): Promise<void> {
    if (!this.#databases.has(database)) {
      if (ifExists) return;
      throw SqlError.noSuchDatabase(database);
    }
    await this.#run(`DROP SCHEMA IF EXISTS ${quoted(database)} CASCADE`);
    this.#databases.delete(database);
  }

  async createTable(created: TableDefinition, { ifNotExists = false } = {}): Promise<void> {
    const tables = this.#tablesOf(created.database);
    if (tables.has(created.name)) {
      if (ifNotExists) return;
      throw SqlError.tableExists(created.name);
    }
    refuseLookalike(created.name, tables.keys());
    const columns = created.columns.map((column) => `${quoted(column.name)} ${typeOf(column)}`).join(', ');
    await this.#run(`CREATE TABLE IF NOT EXISTS ${duckName(created.database, created.name)} (${columns})`);
    tables.set(created.name, created);
  }

  async dropTable(database: string, table: string, { ifExists = false } = {}): Promise<void> {
    if (ifExists && this.table(database, table) === undefined) return;
    this.#definition(database, table);
    await this.#run(`DROP TABLE ${duckName(database, table)}`);
    this.#tablesOf(database).delete(table);
  }

  async truncate(database: string, table: string): Promise<void> {
    this.#definition(database, table);
    await this.#run(`TRUNCATE ${duckName(database, table)}`);
  }

  async renameTable(database: string, table: string, name: string): Promise<void> {
    const old = this.#definition(database, table);
    const tables = this.#tablesOf(database);
    if (tables.has(name)) throw SqlError.tableExists(name);
    refuseLookalike(name, tables.keys());
    await this.#run(`ALTER TABLE ${duckName(database, table)} RENAME TO ${quoted(name)}`);
    tables.delete(table);
    tables.set(name, { ...old, name });
  }

  async addColumn(database: string, table: string, declared: Column, place?: ColumnPlace): Promise<void> {
    const old = this.#definition(database, table);
    if (findColumn(old, declared.name) !== undefined) throw SqlError.duplicateColumn(declared.name);
    const columns = [...old.columns];
    columns.splice(position(old, place), 0, declared);
    await this.#rebuild({ ...old, columns }, (each) =>
      each === declared ? `CAST(${defaultSql(declared)} AS ${typeOf(declared)})` : quoted(each.name),
    );
  }

  async dropColumn(database: string, table: string, name: string): Promise<void> {
    const old = this.#definition(database, table);
    const column = existing(old, name);
    if (column.key) throw SqlError.refused(`Can not drop key column ${column.name}`);
    const columns = old.columns.filter((each) => each !== column);
    await this.#rebuild({ ...old, columns }, (each) => quoted(each.name));
  }

  async modifyColumn(database: string, table: string, declared: Column): Promise<void> {
    const old = this.#definition(database, table);
    const column = existing(old, declared.name);
    if (column.key && old.model === 'PRIMARY_KEYS') throw SqlError.refused(`Can not modify key column: ${column.name}`);
    const changed: Column = { ...declared, name: column.name, key: column.key };
    const columns = old.columns.map((each) => (each === column ? changed : each));
    await this.#rebuild({ ...old, columns }, (each) =>
      each === changed ? `CAST(${quoted(column.name)} AS ${typeOf(changed)})` : quoted(each.name),
    );
  }

  async renameColumn(database: string, table: string, from: string, to: string): Promise<void> {
    const old = this.#definition(database, table);
    const column = existing(old, from);
    if (findColumn(old, to) !== undefined) throw SqlError.duplicateColumn(to);
    const renamed = (name: string) => (name === column.name ? to : name);
    const changed: TableDefinition = {
      ...old,
      columns: old.columns.map((each) => ({ ...each, name: renamed(each.name) })),
      keys: old.keys.map(renamed),
      partitions: old.partitions.map(renamed),
      distribution: { ...old.distribution, columns: old.distribution.columns.map(renamed) },
    };
    await this.#rebuild(changed, (each) => quoted(each.name === to ? column.name : each.name));
  }

  #tablesOf(database: string): Map<string, TableDefinition> {
    const found = this.#databases.get(database);
    if (found === undefined) throw SqlError.unknownDatabase(database);
    return found;
  }

  #definition(database: string, table: string): TableDefinition {
    const found = this.#tablesOf(database).get(table);
    if (found === undefined) throw SqlError.unknownTable(table);
    return found;
  }

  /** In turn with all that publishes rows, so that neither finds the table changed under it. */
  #run(sql: string): Promise<void> {
    return this.#engine.exclusively((connection) => connection.run(sql));
  }

  /** Makes the DuckDB table anew from its rows, each column from what `source` says. */
  async #rebuild(changed: TableDefinition, source: (column: Column) => string): Promise<void> {
    const name = duckName(changed.database, changed.name);
    const columns = changed.columns.map((column) => `${source(column)} AS ${quoted(column.name)}`).join(', ');
    await this.#run(`CREATE OR REPLACE TABLE ${name} AS SELECT ${columns} FROM ${name}`);
    this.#tablesOf(changed.database).set(changed.name, changed);
  }
}

/** A column by name, letter case aside: column names are not case-sensitive in StarRocks. */
export function findColumn(table: TableDefinition, name: string): Column | undefined {
  return table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

function existing(table: TableDefinition, name: string): Column {
  const column = findColumn(table, name);
  if (column === undefined) throw SqlError.refused(`Column does not exists: ${name}`);
  return column;
}

function position(table: TableDefinition, place: ColumnPlace | undefined): number {
  if (place === undefined) return table.columns.length;
  if ('first' in place) return 0;
  return table.columns.indexOf(existing(table, place.after)) + 1;
}

function typeOf(column: Column): string {
  try {
    return duckType(column.type);
  } catch (error) {
    throw SqlError.refused(error instanceof Error ? error.message : String(error));
  }
}

function defaultSql(column: Column): string {
  if (column.default === undefined || column.default === null) return 'NULL';
  if (/^current_timestamp/i.test(column.default)) return 'CAST(now() AS TIMESTAMP)';
  return literal(column.default);
}

/** DuckDB tells names apart only by more than their letter case; StarRocks tells them apart by letter case too. */
function refuseLookalike(name: string, others: Iterable<string>): void {
  for (const other of others) {
    if (other.toLowerCase() === name.toLowerCase()) {
      throw SqlError.refused(`The stand-in cannot keep ${name} beside ${other}: the names differ in letter case only.`);
    }
  }
}
