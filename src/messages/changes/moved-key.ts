import type { Image, Json, RowChange } from './change.ts';

/**
 * Whether an update may have changed the key. Where the event does not name it, it is taken for the first column: if it is not, the
 * row before is deleted and written anew in the same load, which comes to the same.
 *
 * @in  keys: names of the columns of the key, if the event has them; old: what the changed columns held
 */
export function mayMoveKey(keys: unknown, old: Json, { names: [first = ''] }: Image): boolean {
  const names: readonly unknown[] = Array.isArray(keys) && keys.length > 0 ? keys : [first];
  return names.some((name) => typeof name === 'string' && Object.hasOwn(old, name));
}

/** The change as a table with this key sees it; where the key is not known, as the event tells it. */
export function byKey(change: RowChange, primaryKey: readonly string[]): RowChange {
  const { operation, before, after, movesKey, ...row } = change;
  if (operation !== 'update' || !before || !after || primaryKey.length === 0) return change;
  const valueOf = ({ names, texts }: Image, name: string) => texts[names.indexOf(name)];
  const isHeld = primaryKey.every((name) => valueOf(before, name) !== undefined && valueOf(after, name) !== undefined);
  const isMoved = isHeld ? primaryKey.some((name) => valueOf(before, name) !== valueOf(after, name)) : movesKey;
  return { ...row, operation, before, after, ...(isMoved ? { movesKey: true } : {}) };
}
