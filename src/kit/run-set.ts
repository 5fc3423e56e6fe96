type Run = readonly [from: number, to: number];

/** A set of numbers most of which stand beside each other: millions of them take no room. */
export class RunSet {
  #runs: Run[] = [];

  constructor(runs: Iterable<Run> = []) {
    this.add(runs);
  }

  /** Ascending, none beside the next. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  get size(): number {
    return this.#runs.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  add(runs: Iterable<Run>): void {
    const merged: [number, number][] = [];
    for (const [from, to] of [...this.#runs, ...runs].sort(([one], [other]) => one - other)) {
      const last = merged.at(-1);
      if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
      else merged.push([from, to]);
    }
    this.#runs = merged;
  }

  has(number: number): boolean {
    const run = this.#runs[this.#firstEndingAt(number)];
    return run !== undefined && run[0] <= number;
  }

  /** Those in [from, to), counted from `from`. */
  within(from: number, to: number): RunSet {
    const found: Run[] = [];
    for (let at = this.#firstEndingAt(from); at < this.#runs.length; at++) {
      const [first, last] = this.#runs[at] as Run;
      if (first >= to) break;
      found.push([Math.max(first, from) - from, Math.min(last, to - 1) - from]);
    }
    return new RunSet(found);
  }

  /** The place of the first run that ends at the number or behind it. */
  #firstEndingAt(number: number): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#runs[middle] as Run)[1] < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
