/**
 * Finds the rows that StarRocks' error log speaks of. The log names up to 50 rows of a load, each with its reason:
 *
 *   Error: Value length is beyond the capacity. column=name, capacity=10. Row: {"id":2,"name":"…"}
 *   Error: NULL value in non-nullable column 'id'. Row: [NULL, 'A-4', 1.00]
 *
 * A row is quoted as it was sent, or, when it was read and then refused, as the values of the table's columns.
 *
 * @source  Stream Load reference §7.4
 */
import type { Item } from '../rows/batch.ts';
import type { RowList, Rows } from './row-list.ts';

/** Why StarRocks did not take some rows, in its own words. */
export interface Refusal {
  readonly message: string;
  readonly errorLog?: string;
}

interface Line {
  readonly reason: string;
  readonly row: string;
}

/**
 * @in   rows: those that were refused together
 * @out  the reason of each row that the log speaks of for certain; a row whose text is the same is refused alike
 */
export async function findRefusedRows<I extends Item>(
  { errorLog = '' }: Refusal,
  rows: Rows,
  list: RowList<I>,
): Promise<ReadonlyMap<number, string>> {
  const lines = readLines(errorLog);
  const found = new Map<number, string>();
  const quoted = new Map(lines.map(({ row, reason }) => [row, reason]));
  if (lines.length === 0) return found;
  const missing = new Set(quoted.keys());
  const look = async (reasonIn: (text: string) => string | undefined) => {
    for await (const piece of list.read({ ...rows, has: (row) => rows.has(row) && !found.has(row) })) {
      for (const { row, text } of piece) {
        const reason = reasonIn(text);
        if (reason !== undefined) found.set(row, reason);
      }
    }
  };
  const reasonOfText = (text: string) => {
    missing.delete(text);
    return quoted.get(text);
  };
  await look(reasonOfText);
  // StarRocks quotes JSON without the white space that stood between its tokens.
  if (missing.size > 0) await look((text) => reasonOfText(withoutWhiteSpace(text)));
  const columns = [...nullColumns(lines)];
  if (columns.length > 0) await look((text) => columns.find(([column]) => isNull(text, column))?.[1]);
  return found;
}

/** The reason of a row that was refused alone. */
export const reasonOf = ({ message, errorLog = '' }: Refusal): string => readLines(errorLog)[0]?.reason ?? message;

/** A row may hold line breaks, so a line ends where the next error begins. */
function readLines(log: string): readonly Line[] {
  return log
    .split(/^Error: /m)
    .slice(1)
    .map((entry) => {
      const at = entry.indexOf(' Row: ');
      return at < 0
        ? { reason: entry.trim(), row: '' }
        : { reason: entry.slice(0, at).trim().replace(/\.$/, ''), row: entry.slice(at + 6).replace(/\n+$/, '') };
    });
}

const withoutWhiteSpace = (json: string): string => json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');

/** Columns that take no NULL, and got one: every row with NULL there is refused, whatever else it holds. */
const nullColumns = (lines: readonly Line[]): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap(({ reason }) => {
      const column = /^NULL value in non-nullable column '(.+)'/.exec(reason)?.[1];
      return column === undefined ? [] : [[column, reason] as const];
    }),
  );

/** JSON that says null, or nothing, of a column. */
function isNull(text: string, column: string): boolean {
  if (!text.startsWith('{')) return false;
  const row = JSON.parse(text) as Record<string, unknown>;
  return !Object.hasOwn(row, column) || row[column] === null;
}
