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
  {
    recording: 'transaction-life',
    at: [16, 18],
    reason: 'it shows loads of recordings before it, and asks for one by its id',
  },
  {
    recording: 'transaction-timeouts',
    at: [58],
    reason: 'it shows transactions of recordings before it',
  },
  {
    recording: 'transaction-refusals',
    at: [92, 93],
    reason: 'the words are those of the parser of the simulated backend',
  },
  {
    recording: 'transaction-multi',
    at: [11, 12, 13],
    reason: 'every statement is a transaction of its own',
  },
  {
    recording: 'no-backend-alive',
    at: [12, 14],
    reason: 'tablets and disks are those of another machine',
  },
  { recording: 'show-statements', at: [41], reason: 'tables come in the order of a hash there' },
  { recording: 'show-statements', at: [43], reason: 'paths and their hashes are of that machine' },
  { recording: 'show-statements', at: [60], reason: 'another client was connected there' },
  {
    recording: 'information-schema',
    at: [12, 15, 20, 22],
    reason: 'the imitated scan prints numbers for dates and NULL, or leaves views out',
  },
  { recording: 'information-schema', at: [16], reason: 'it shows the loads of other recordings' },
  { recording: 'privileges', at: [19], reason: 'users come in the order of a hash there' },
  { recording: 'privileges', at: [116], reason: 'the simulated backend tells a thousand rows of each INSERT' },
  { recording: 'privileges', at: [39, 83, 127], reason: 'information_schema.loads shows no INSERT of the stand-in' },
  {
    recording: 'endpoints',
    at: [10, 11, 22, 23, 24, 25],
    reason: 'the stand-in has no cluster id, no journal, no JVM',
  },
  { recording: 'endpoints', at: [28], reason: 'disks and tablets are those of that machine' },
  { recording: 'endpoints', at: [42, 43, 44, 45], reason: 'only connectors that read tablets ask for their layout' },
  { recording: 'endpoints', at: [87, 88, 89], reason: 'queries are asked at the query port only' },
  { recording: 'endpoints', at: [90], reason: 'the stand-in counts nothing for Prometheus' },
  { recording: 'cluster', at: [1, 6], reason: 'the simulated backend told no version' },
  { recording: 'cluster', at: [8, 14], reason: 'the stand-in has no tables in sys and _statistics_' },
  { recording: 'cluster', at: [16], reason: 'databases come in the order of a hash there' },
  { recording: 'cluster', at: [31, 47], reason: 'which names are most like an unknown one is found otherwise' },
  { recording: 'cluster', at: [35, 44], reason: 'new_planner_optimize_timeout was set for the recording' },
  {
    recording: 'cluster',
    at: [67],
    reason: 'the words that a syntax error lists are those most like the input there',
  },
  {
    recording: 'transaction-refusals',
    at: [92, 93],
    reason: 'its simulated backend parses JSON with Jackson, a real one with simdjson',
  },
];
