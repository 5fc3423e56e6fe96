import type { OptionSpec } from './spec.ts';

/** The part of the option table that says what becomes of changes of databases. */
export const changeOptions = {
  'sink.order-by': {
    kind: 'text',
    pattern: /^(?:position|commit-time|column:.{1,1024})$/,
    expects: 'position, commit-time, or column:NAME',
    source: 'sink',
    perTable: true,
    doc: 'With `jdbc-url`, for change events on a standard queue: what tells which of two changes of a row is newer, so that an older one never wins. position: the place in the source’s log (Debezium, Maxwell with its position; of Canal, time and batch). commit-time: when the source committed it. column:NAME: a column of the row that grows, a number or a moment. It is written into `sink.order-by.version-column`, which every load names as its `merge_condition`; deletes become rows with `sink.order-by.deleted-column` set. Both columns have to be in the table, which needs a primary key: docs/change-events.md.',
  },
  'sink.order-by.version-column': {
    kind: 'text',
    pattern: /^[^\p{Cc}`]{1,255}$/u,
    expects: 'the name of a column',
    default: '__ver',
    source: 'sink',
    perTable: true,
    doc: 'The column, LARGEINT NOT NULL, that holds what `sink.order-by` says.',
  },
  'sink.order-by.deleted-column': {
    kind: 'text',
    pattern: /^[^\p{Cc}`]{1,255}$/u,
    expects: 'the name of a column',
    default: '__deleted',
    source: 'sink',
    perTable: true,
    doc: 'The column, BOOLEAN NOT NULL, that is true in rows that the source deleted (`sink.order-by`). Views leave those out.',
  },
  'sink.atomic-messages': {
    kind: 'boolean',
    default: false,
    source: 'sink',
    doc: 'The rows of a message become visible at once, in all the tables that they are for, or not at all: StarRocks 4.0 or later, whose version is asked by `jdbc-url`, tables of one database, at least once. Such loads are not staged.',
  },
  'sink.schema-change': {
    kind: 'choice',
    choices: ['refuse', 'add-columns', 'ignore'],
    default: 'refuse',
    source: 'sink',
    perTable: true,
    doc: 'When a table of the source changes. refuse: the follower stops and tells the statement to run; the notice of a change event is kept aside (SOURCE_SCHEMA_CHANGED), and rows go on. add-columns: new columns are added in StarRocks, and filled from then on; of change events, at the first row with a value in one, as by `sink.unknown-columns` = add, if they are NULL in the rows that are there, and all else is refused (docs/routes.md). ignore: new columns are left out, and notices acked.',
  },
  'sink.on-truncate': {
    kind: 'choice',
    choices: ['stop', 'ignore'],
    default: 'stop',
    source: 'sink',
    perTable: true,
    doc: 'When a followed table is emptied by TRUNCATE. stop: the follower stops before it. ignore: the rows stay in StarRocks.',
  },
  'sink.on-drop': {
    kind: 'choice',
    choices: ['stop', 'ignore'],
    default: 'stop',
    source: 'sink',
    perTable: true,
    doc: 'When a followed table is dropped. stop: the follower stops before it. ignore: the rows stay in StarRocks, and other tables are followed on.',
  },
} as const satisfies Record<string, OptionSpec>;
