import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadHeaders, Staged, TableDefinition } from '../../local/starrocks/model.ts';
import { parseDdl } from '../../local/starrocks/sql/ddl.ts';
import { createCatalog } from '../../local/starrocks/storage/catalog.ts';
import { duckName } from '../../local/starrocks/storage/duck-names.ts';
import { createEngine } from '../../local/starrocks/storage/engine.ts';
import { createStorage } from '../../local/starrocks/storage/storage.ts';

export type Loaded =
  | { readonly message: string }
  | Pick<Staged, 'total' | 'loaded' | 'filtered' | 'unselected' | 'errors'>;

/** A storage on an empty DuckDB, with tables made by DDL in one database. */
export async function storageWorld() {
  const engine = await createEngine();
  const catalog = createCatalog(engine);
  const storage = createStorage(engine, catalog);
  const directory = await mkdtemp(join(tmpdir(), 'storage-test-'));
  await catalog.createDatabase('shop');
  let files = 0;

  async function table(ddl: string): Promise<TableDefinition> {
    files += 1;
    const statement = parseDdl(`CREATE TABLE t${files} ${ddl}`, 'shop');
    if (statement?.kind !== 'create-table') throw new Error('The DDL of the test is no CREATE TABLE.');
    await catalog.createTable(statement.definition);
    const created = catalog.table('shop', statement.definition.name);
    if (created === undefined) throw new Error('The table of the test was not created.');
    return created;
  }

  async function file(body: string | Buffer): Promise<string> {
    files += 1;
    const path = join(directory, `body${files}`);
    await writeFile(path, body);
    return path;
  }

  /** Plans and stages. */
  async function stage(target: TableDefinition, headers: LoadHeaders, bodies: readonly (string | Buffer)[]) {
    const planned = storage.plan(target, headers);
    if (!planned.ok) return planned;
    const refusal = await storage.analyze(planned.plan);
    if (refusal !== undefined) return { ok: false as const, message: refusal };
    return storage.stage(planned.plan, await Promise.all(bodies.map(file)));
  }

  /** Plans, stages and publishes; counts, or the message of a refusal. */
  async function load(target: TableDefinition, headers: LoadHeaders, ...bodies: (string | Buffer)[]): Promise<Loaded> {
    const outcome = await stage(target, headers, bodies);
    if (!outcome.ok) return { message: outcome.message };
    await storage.publish(outcome.staged);
    const { total, loaded, filtered, unselected, errors } = outcome.staged;
    return { total, loaded, filtered, unselected, errors };
  }

  /** All rows as arrays, in the order of the first column (then the others). */
  async function rows(target: TableDefinition): Promise<unknown[][]> {
    const found = await engine.rows(`SELECT * FROM ${duckName('shop', target.name)} ORDER BY ALL`);
    return found.map((row) => Object.values(row));
  }

  return {
    engine,
    catalog,
    storage,
    table,
    stage,
    load,
    rows,
    async close() {
      await engine.close();
      await rm(directory, { recursive: true });
    },
  };
}

export type StorageWorld = Awaited<ReturnType<typeof storageWorld>>;
