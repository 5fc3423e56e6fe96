/** Tables as they were when following began, where the binlog does not name their columns. */
import { SinkError } from '../../kit/errors.ts';
import type { MySqlSource, SchemaChange, SourcePosition } from '../../mysql/follow/source.ts';
import type { SourceTable } from '../../mysql/information-schema.ts';
import type { ObjectStore } from '../../object-store.ts';
import { definitionsFolder } from '../state.ts';
import { columnClauses } from './alter-clauses.ts';

interface Deps {
  readonly name: string;
  readonly source: Pick<MySqlSource, 'tables' | 'notePosition' | 'namesColumns'>;
  readonly objects: Pick<ObjectStore, 'putBody' | 'getText'>;
  readonly newId: () => string;
}

const mostTries = 10;

/**
 * Notes a position, and the tables as they are there: they were the same before it and behind it.
 *
 * @out     the object that describes them
 * @throws  SinkError SOURCE_DEFINITION: they change all the time
 */
export async function defineTables(deps: Deps): Promise<{ readonly start: SourcePosition; readonly defined: string }> {
  const { source, objects, name, newId } = deps;
  const describe = async () => JSON.stringify((await source.tables()).map(({ whole }) => whole));
  for (let tries = 0, before = await describe(); tries < mostTries; tries++) {
    const start = await source.notePosition();
    const behind = await describe();
    if (behind === before) {
      const [key, body] = [`${definitionsFolder(name)}${newId()}`, Buffer.from(behind)];
      await objects.putBody(key, {
        bytes: body.length,
        async *open() {
          yield body;
        },
      });
      return { start, defined: key };
    }
    before = behind;
  }
  throw new SinkError('SOURCE_DEFINITION', `Tables changed while a position was noted, ${mostTries} times.`);
}

/** @in  key: undefined: following began by names of the binlog */
export async function openDefinitions(
  key: string | undefined,
  { source, objects }: Deps,
): Promise<readonly SourceTable[] | undefined> {
  if (source.namesColumns) return undefined;
  if (key === undefined) throw new SinkError('SOURCE_DEFINITION', 'Following began with source.column-names = binlog.');
  const found = await objects.getText(key);
  if (found === undefined) throw new Error(`The definitions ${key} disappeared.`);
  return JSON.parse(found.text) as readonly SourceTable[];
}

/** Rows behind such a change would be read by columns that are not theirs. @throws SinkError SOURCE_DEFINITION */
export function refuseColumns({ database, table, change, statement }: SchemaChange): void {
  if (change !== 'alter' || columnClauses(statement).length === 0) return;
  throw new SinkError('SOURCE_DEFINITION', `Found ${JSON.stringify(statement.slice(0, 300))} of ${database}.${table}.`);
}
