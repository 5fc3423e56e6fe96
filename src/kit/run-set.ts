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
    let [low, high] = [0, this.#runs.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [from, to] = this.#runs[middle] as Run;
      if (number < from) high = middle - 1;
      else if (number > to) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** Those in [from, to), counted from `from`. */
  within(from: number, to: number): RunSet {
    return new RunSet(
      this.#runs.flatMap(([first, last]): Run[] => {
        const [start, end] = [Math.max(first, from), Math.min(last, to - 1)];
        return start <= end ? [[start - from, end - from]] : [];
      }),
    );
  }
}
