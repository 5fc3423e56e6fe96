/** What happened in a schedule, and how often: the proof that chance brought what the schedules are said to hold. */
export class Tally {
  readonly counts = new Map<string, number>();

  note(what: string, times = 1): void {
    if (times > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }
}

interface Sum {
  schedules: number;
  times: number;
}

/** Of many schedules: in how many each thing happened, and how often in all. */
export class Totals {
  readonly #sums = new Map<string, Sum>();

  add({ counts }: Tally): void {
    for (const [what, times] of counts) {
      const sum = this.#sums.get(what) ?? { schedules: 0, times: 0 };
      this.#sums.set(what, { schedules: sum.schedules + 1, times: sum.times + times });
    }
  }

  /** Schedules in which it happened. */
  schedulesWith(what: string): number {
    return this.#sums.get(what)?.schedules ?? 0;
  }

  /** One line for each, in the order of the alphabet. */
  lines(): string[] {
    const sorted = [...this.#sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([what, { schedules, times }]) => `${columns(schedules)} ${columns(times)}  ${what}`);
  }
}

const columns = (count: number) => String(count).padStart(9);
