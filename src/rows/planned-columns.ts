/** Columns for rows that have none yet: what is in the rows says which, and of what type. */
import { type Seen, see, typeOfSeen } from './seen-values.ts';

/** What was seen of the keys of rows. */
export class SeenKeys {
  readonly #seen = new Map<string, Seen>();

  /** @in  wanted: which keys are looked at */
  add(row: object, wanted: (key: string) => boolean): void {
    for (const [key, value] of Object.entries(row)) {
      if (key === '__op' || !wanted(key)) continue;
      this.#seen.set(key, see(this.#seen.get(key), value));
    }
  }

  /** @out  a column for each key of which a value was seen, in the order in which they came; one for keys that differ in case only */
  columns(): readonly { readonly name: string; readonly type: string }[] {
    const taken = new Set<string>();
    return [...this.#seen].flatMap(([name, seen]) => {
      const type = typeOfSeen(seen);
      if (type === undefined || taken.has(name.toLowerCase())) return [];
      taken.add(name.toLowerCase());
      return [{ name, type }];
    });
  }
}
