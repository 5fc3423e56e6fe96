/** How changes become rows by their route: of a mirror or of a history, by the names of the table, with where they came from. */
import type { Change, Image, RowChange } from './changes/change.ts';
import { byKey } from './changes/moved-key.ts';
import { type OrderRules, orderRulesOf, versionOf } from './changes/order.ts';
import { historyRow, type MirrorRules, mirrorRows, toldMembers, versionedRows } from './changes/table-rows.ts';
import type { Taken } from './message-route.ts';
import { columnOf, originMembers, toldColumnsOf } from './routed-rows.ts';

interface WritingRules extends MirrorRules {
  readonly dropsDeletes?: boolean;
  readonly order?: OrderRules;
}

/** How rows of a mirror are ordered. @in rules: of changes that take no route */
export function orderOf(taken: Taken | undefined, rules: Pick<WritingRules, 'order'>): OrderRules | undefined {
  if (taken === undefined) return rules.order;
  return taken.route.mode === 'mirror' ? orderRulesOf(taken.route.options).order : undefined;
}

/** @in  rules: of changes that take no route */
export function rowWriter(taken: Taken | undefined, rules: WritingRules): (change: Change) => readonly string[] {
  const order = orderOf(taken, rules);
  if (taken === undefined)
    return mirrorWriter(
      (row) => row,
      rules,
      () => '',
      order,
    );
  const { route, source } = taken;
  const own = {
    ignoresUpdateBefore: route.options['sink.ignore.update-before'],
    dropsDeletes: route.options['sink.deletes'] === 'drop',
  };
  const members = source === undefined ? '' : originMembers(route, source);
  const named = imageRenamer(taken);
  const renamed = (row: RowChange) => byKey(named(row), route.primaryKey);
  const columns = toldColumnsOf(route);
  if (route.mode === 'mirror') {
    const isTold = Object.keys(columns).length > 0;
    const membersOf = (row: RowChange, { origin }: Change) =>
      [members, toldMembers(row, origin(), columns)].filter((each) => each !== '').join();
    return mirrorWriter(renamed, own, isTold ? membersOf : () => members, order);
  }
  return ({ rows, origin }) => {
    const told = origin();
    return kept(rows, own).map((row) => withMembers(historyRow(renamed(row), told, columns), members));
  };
}

/** A version is told by the columns of the source. @in order: of changes in which `orderProblem` found nothing */
function mirrorWriter(
  renamed: (row: RowChange) => RowChange,
  rules: WritingRules,
  membersOf: (row: RowChange, change: Change) => string,
  order: OrderRules | undefined,
): (change: Change) => readonly string[] {
  if (order === undefined)
    return (change) =>
      kept(change.rows, rules).flatMap((row) => mirrorRows(renamed(row), rules, membersOf(row, change)));
  const { by, columns } = order;
  return (change) =>
    kept(change.rows, rules).flatMap((row) =>
      versionedRows(renamed(row), rules, versionOf(change, row, by) ?? 0n, columns, membersOf(row, change)),
    );
}

const kept = (rows: readonly RowChange[], { dropsDeletes }: Pick<WritingRules, 'dropsDeletes'>) =>
  dropsDeletes ? rows.filter(({ operation }) => operation !== 'delete') : rows;

const withMembers = (row: string, members: string): string =>
  members === '' ? row : row === '{}' ? `{${members}}` : `${row.slice(0, -1)},${members}}`;

/** What columns of the source are called in rows. */
export function columnNamer(taken: Taken | undefined): (name: string) => string {
  return taken?.source === undefined ? (name) => name : (name) => columnOf(taken.route, name);
}

/** Rows of a table share the list of their names, so it is made once. */
function imageRenamer(taken: Taken): (row: RowChange) => RowChange {
  if (taken.source === undefined) return (row) => row;
  const nameOf = columnNamer(taken);
  const lists = new WeakMap<readonly string[], readonly string[]>();
  const rename = ({ names, texts }: Image): Image => {
    const found = lists.get(names) ?? names.map(nameOf);
    lists.set(names, found);
    return { names: found, texts };
  };
  return ({ before, after, ...row }) => ({
    ...row,
    ...(before && { before: rename(before) }),
    ...(after && { after: rename(after) }),
  });
}
