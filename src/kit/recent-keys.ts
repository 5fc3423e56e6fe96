/** Keys that were met lately: the oldest are forgotten. */
export class RecentKeys {
  readonly #met = new Set<string>();
  readonly #most: number;

  constructor(most = 10_000) {
    this.#most = most;
  }

  has(key: string): boolean {
    return this.#met.has(key);
  }

  add(key: string): void {
    this.#met.add(key);
    for (const oldest of this.#met.size > this.#most ? this.#met : []) {
      this.#met.delete(oldest);
      break;
    }
  }
}
