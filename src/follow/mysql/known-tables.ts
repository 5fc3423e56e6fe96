import { SinkError } from '../../kit/errors.ts';
import type { ObjectStore } from '../../object-store.ts';
import { tablesFolder } from '../state.ts';

interface TableName {
  readonly database: string;
  readonly table: string;
}

/**
 * The tables that were copied, or are followed since they were made. Rows of any other are only some of its rows; and of a database
 * that is dropped nothing else tells what was in it.
 */
export interface KnownTables {
  /** The object that names them, as it is now. */
  readonly key: string | undefined;
  /** @throws SinkError SOURCE_TABLE_UNCOPIED */
  require(table: TableName): void;
  of(database: string): readonly TableName[];
  add(table: TableName): Promise<void>;
}

export interface KnownTablesDeps {
  readonly name: string;
  readonly objects: Pick<ObjectStore, 'putBody' | 'getText'>;
  readonly newId: () => string;
}

/** @out  the object that names them */
export async function keepTables(tables: readonly TableName[], deps: KnownTablesDeps): Promise<string> {
  const key = `${tablesFolder(deps.name)}${deps.newId()}`;
  const body = Buffer.from(JSON.stringify(tables.map(({ database, table }) => [database, table])));
  await deps.objects.putBody(key, {
    bytes: body.length,
    async *open() {
      yield body;
    },
  });
  return key;
}

/** @in  key: undefined: nobody noted them, and all count as known */
export async function openTables(key: string | undefined, deps: KnownTablesDeps): Promise<KnownTables> {
  const found = key === undefined ? undefined : await deps.objects.getText(key);
  if (key !== undefined && found === undefined) throw new Error(`The names of tables ${key} disappeared.`);
  const names = found && (JSON.parse(found.text) as readonly [string, string][]);
  const known = new Map(names?.map(([database, table]) => [nameOf({ database, table }), { database, table }]));
  let kept = key;
  return {
    get key() {
      return kept;
    },
    require(table) {
      if (kept === undefined || known.has(nameOf(table))) return;
      const { database, table: name } = table;
      throw new SinkError(
        'SOURCE_TABLE_UNCOPIED',
        `A row of ${database}.${name}, which was there before a route took it.`,
      );
    },
    of: (database) => [...known.values()].filter((each) => each.database === database),
    async add(table) {
      if (kept === undefined || known.has(nameOf(table))) return;
      known.set(nameOf(table), { database: table.database, table: table.table });
      kept = await keepTables([...known.values()], deps);
    },
  };
}

const nameOf = ({ database, table }: TableName) => JSON.stringify([database, table]);
