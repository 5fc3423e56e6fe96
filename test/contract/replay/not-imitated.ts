/** Exchanges that the stand-in deliberately answers otherwise. A row that is no longer needed fails the suite. */
export interface NotImitated {
  readonly recording: string;
  /** Indexes of exchanges. */
  readonly at: readonly number[];
  readonly reason: string;
}

export const notImitated: readonly NotImitated[] = [];
