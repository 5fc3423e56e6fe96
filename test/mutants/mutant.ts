/** Takes one thing away on which the promises of docs/delivery.md rest. */
export interface Mutant {
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The semantic whose schedules notice it; exactly-once unless told. */
  readonly noticedBy?: 'exactly-once' | 'at-least-once';
  /** Also in `npm test`. */
  readonly isShort?: true;
  /** A schedule that noticed it: the first to be tried, and then those behind it; 1 unless told. */
  readonly firstSeed?: number;
}
