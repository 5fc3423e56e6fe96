/** A catalog that is there again when its DuckDB file is opened once more: what it knows is written beside the rows. */
import { createCatalog, type EditableCatalog, type KnownDatabase } from './catalog.ts';
import { duckTable, quoted } from './duck-names.ts';
import type { Engine } from './engine.ts';

/** No database can have this name, since StarRocks' names begin with a letter. */
const schema = quoted('#kept');
const staged = quoted('#staged');

/**
 * Opens the catalog of a DuckDB file. Staged rows, labels, users and schema changes that were under way are not kept.
 *
 * @in now: epoch milliseconds
 */
export async function openCatalog(engine: Engine, now?: () => number): Promise<EditableCatalog> {
  await engine.run(
    `DROP SCHEMA IF EXISTS ${staged} CASCADE; CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE TABLE IF NOT EXISTS ${schema}.databases (state VARCHAR)`,
  );
  const [row] = await engine.rows(`SELECT state FROM ${schema}.databases`);
  const kept = row === undefined ? [] : (JSON.parse(String(row['state'])) as readonly KnownDatabase[]);
  const catalog = createCatalog(engine, now, await withTables(kept, engine));
  await dropUnknown(catalog, engine);
  return keeping(catalog, engine);
}

const tablesOf = (engine: Engine) =>
  engine.rows(`SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND schema_name != '#kept'`);

const nameOf = (row: Readonly<Record<string, unknown>>) =>
  `${quoted(String(row['schema_name']))}.${quoted(String(row['table_name']))}`;

/** Of a process that died between a change and its note, a table may be missing. */
async function withTables(kept: readonly KnownDatabase[], engine: Engine): Promise<readonly KnownDatabase[]> {
  const found = new Set((await tablesOf(engine)).map(nameOf));
  return kept.map((database) => ({
    ...database,
    tables: database.tables.filter((table) => found.has(duckTable(table))),
  }));
}

/** …or be there, and nobody knows of it. */
async function dropUnknown(catalog: EditableCatalog, engine: Engine): Promise<void> {
  const known = new Set(catalog.databases().flatMap((name) => catalog.tables(name).map(duckTable)));
  for (const name of (await tablesOf(engine)).map(nameOf)) if (!known.has(name)) await engine.run(`DROP TABLE ${name}`);
}

/** The same catalog, which notes each change. */
function keeping(catalog: EditableCatalog, engine: Engine): EditableCatalog {
  let lastNote: Promise<void> = Promise.resolve();
  const note = (): Promise<void> => {
    lastNote = lastNote.then(() => write(catalog, engine));
    return lastNote;
  };
  const noted =
    <A extends unknown[]>(change: (...given: A) => Promise<void>) =>
    async (...given: A): Promise<void> => {
      await change(...given);
      await note();
    };
  return {
    hasDatabase: (database) => catalog.hasDatabase(database),
    databases: () => catalog.databases(),
    table: (database, table) => catalog.table(database, table),
    tables: (database) => catalog.tables(database),
    view: (database, view) => catalog.view(database, view),
    views: (database) => catalog.views(database),
    schemaOf: (database) => catalog.schemaOf(database),
    schemaJobs: (database) => catalog.schemaJobs(database),
    refuseWhileBusy: (database, table) => catalog.refuseWhileBusy(database, table),
    truncate: (database, table) => catalog.truncate(database, table),
    settle: () => catalog.settle()?.then(note),
    createDatabase: noted((...given) => catalog.createDatabase(...given)),
    dropDatabase: noted((...given) => catalog.dropDatabase(...given)),
    createTable: noted((...given) => catalog.createTable(...given)),
    dropTable: noted((...given) => catalog.dropTable(...given)),
    createView: noted((...given) => catalog.createView(...given)),
    dropView: noted((...given) => catalog.dropView(...given)),
    renameTable: noted((...given) => catalog.renameTable(...given)),
    swapTables: noted((...given) => catalog.swapTables(...given)),
    alter: noted((...given) => catalog.alter(...given)),
  };
}

async function write(catalog: EditableCatalog, engine: Engine): Promise<void> {
  const databases: readonly KnownDatabase[] = catalog.databases().map((name) => ({
    name,
    schema: catalog.schemaOf(name) ?? name,
    tables: catalog.tables(name),
    views: catalog.views(name),
  }));
  await engine.exclusively(async (connection) => {
    await connection.run(`DELETE FROM ${schema}.databases`);
    await connection.run(`INSERT INTO ${schema}.databases VALUES (?)`, [JSON.stringify(databases)]);
  });
}
