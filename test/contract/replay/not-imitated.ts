/** Exchanges that the stand-in deliberately answers otherwise. A row that is no longer needed fails the suite. */
export interface NotImitated {
  readonly recording: string;
  /** Indexes of exchanges. */
  readonly at: readonly number[];
  readonly reason: string;
}

export const notImitated: readonly NotImitated[] = [
  {
    recording: 'labels-across-databases',
    at: [39, 40],
    reason: 'two begins of one instant come one after the other',
  },
  {
    recording: 'create-table-refusals',
    at: [108],
    reason: 'the words that a syntax error lists are those most like the input there',
  },
  {
    recording: 'show-statements',
    at: [0],
    reason: 'it writes the columns of a generated column in backquotes, in pri_types it does not',
  },
  {
    recording: 'load-error-log',
    at: [1, 2, 3],
    reason: 'its simulated backend parses JSON with Jackson, a real one with simdjson',
  },
];
