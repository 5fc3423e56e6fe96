/** Which of two changes of a row is newer, where messages arrive in no order: a number that every row carries. */
import type { SinkOptions } from '../../options/table.ts';
import type { Rejection } from '../../rows/chunk.ts';
import { readMoment } from '../../rows/moment.ts';
import type { Change, Image, RowChange } from './change.ts';
import type { OrderColumns } from './table-rows.ts';

export interface OrderRules {
  /** `position`, `commit-time`, or `column:NAME` */
  readonly by: string;
  readonly columns: OrderColumns;
}

export function orderRulesOf(options: SinkOptions): { readonly order?: OrderRules } {
  const by = options['sink.order-by'];
  if (by === undefined) return {};
  const columns = {
    version: options['sink.order-by.version-column'],
    deleted: options['sink.order-by.deleted-column'],
  };
  return { order: { by, columns } };
}

/** @out  undefined: each change says which of two is newer */
export function orderProblem(changes: readonly Change[], { by }: OrderRules): Rejection | undefined {
  for (const change of changes) {
    const name = `${change.schema ?? change.database ?? '(none)'}.${change.table ?? '(none)'}`;
    if (change.isPartial) {
      const detail = `A change of ${name} lacks columns that the source did not give; what they hold would be lost behind a newer row. Let it give them: REPLICA IDENTITY FULL.`;
      return { code: 'CHANGE_UNORDERED', detail };
    }
    if (change.rows.some((row) => versionOf(change, row, by) === undefined))
      return { code: 'CHANGE_UNORDERED', detail: `A change of ${name} does not tell its ${by}.` };
  }
  return undefined;
}

/** @out  undefined: the change does not tell it */
export function versionOf(change: Change, row: RowChange, by: string): bigint | undefined {
  if (by === 'position') return change.origin().version;
  if (by === 'commit-time') {
    const { committedAtMs } = change.origin();
    return committedAtMs === undefined ? undefined : BigInt(Math.trunc(committedAtMs));
  }
  const image = row.after ?? row.before;
  const value = image && numberIn(image, by.slice('column:'.length));
  // What is deleted holds what it held before, and comes behind it.
  return value === undefined ? undefined : value * 2n + (row.operation === 'delete' ? 1n : 0n);
}

/** A whole number, or the microseconds of a moment. */
function numberIn({ names, texts }: Image, name: string): bigint | undefined {
  const text = texts[names.indexOf(name)]?.replace(/^"(.*)"$/, '$1');
  if (text === undefined) return undefined;
  if (/^-?\d{1,37}$/.test(text)) return BigInt(text);
  const moment = readMoment(text);
  if (moment === undefined) return undefined;
  const { year, month, day, hour, minute, second, fraction } = moment.clock;
  const ms = Date.UTC(year, month - 1, day, hour, minute - (moment.offset ?? 0), second);
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
