/** The rows of a run: each is known by its number, so that whatever is lost or doubled can be counted. */
export const database = 'chaos';

const columns = {
  /** Shows what is lost or doubled. */
  events: 'id BIGINT NOT NULL, note VARCHAR(100)',
  /** Shows what overtakes: a key that is written again and again must end with its last version. */
  latest: 'k BIGINT NOT NULL, version BIGINT',
} as const;

/** At least once a row may come twice, which keys make harmless. */
export const createTables = (semantic: string): string[] => [
  `CREATE DATABASE ${database}`,
  `CREATE TABLE ${database}.events (${columns.events}) ${semantic === 'exactly-once' ? 'DUPLICATE' : 'PRIMARY'} KEY(id)`,
  `CREATE TABLE ${database}.latest (${columns.latest}) PRIMARY KEY(k)`,
];

export interface RowRange {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

const isBad = (id: number, badEvery: number | undefined) => badEvery !== undefined && id % badEvery === badEvery - 1;

const noteText = 'as it was told to the sink';
const badText = 'no number: ';
/** What of the rows can be told in any log. */
export const textsOfRows = { 'a cell of a row': noteText, 'a cell of a bad row': badText } as const;

export function* eventsIn({ from, to }: RowRange, badEvery?: number): Generator<object> {
  for (let id = from; id < to; id++) {
    const note = `event ${id}, ${noteText}`;
    yield isBad(id, badEvery) ? { id: `${badText}${id}`, note } : { id, note };
  }
}

/** The number of a bad row, in the text of a row that was kept aside. */
export const badIdIn = (text: string): number | undefined => {
  const found = /no number: (\d+)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

export const badIn = ({ from, to }: RowRange, badEvery: number | undefined): number =>
  badEvery === undefined ? 0 : Math.floor(to / badEvery) - Math.floor(from / badEvery);

/** Message groups of a FIFO queue; a key belongs to one of them. */
export const groups = 4;
const keys = 40;

export function* versionsIn({ from, to }: RowRange, group: number): Generator<object> {
  for (let version = from; version < to; version++) {
    if (version % groups === group) yield { k: version % keys, version };
  }
}

/** The last version of each key among so many rows. */
export const lastVersions = (rows: number): string[] =>
  Array.from({ length: keys }, (_, k) => `${k}=${k + keys * Math.floor((rows - 1 - k) / keys)}`);
