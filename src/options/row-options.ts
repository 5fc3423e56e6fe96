import type { OptionSpec } from './spec.ts';

/** The part of the option table that says how rows are read, and how they are made to fit. */
export const rowOptions = {
  'sink.on-bad-row': {
    kind: 'choice',
    choices: ['reject', 'fail'],
    default: 'reject',
    source: 'sink',
    perTable: true,
    doc: 'reject: bad rows go to `rejected/` in the bucket with the reason, the good rows of their message load. fail: their whole message goes to the dead-letter queue.',
  },
  'sink.check-rows': {
    kind: 'choice',
    choices: ['reject', 'pass'],
    default: 'reject',
    source: 'sink',
    perTable: true,
    doc: 'With `jdbc-url`: reject: a row with a value that its column cannot hold (too long, out of range, no date, NULL into NOT NULL) is a bad row, with column and reason, before the load. pass: StarRocks sees it as it came.',
  },
  'sink.unknown-columns': {
    kind: 'choice',
    choices: ['drop', 'reject'],
    default: 'drop',
    source: 'sink',
    perTable: true,
    doc: 'With `jdbc-url`: keys of JSON rows that no column has. drop: they are left out, and told once an hour and counted. reject: their row is a bad row.',
  },
  'sink.csv.header': {
    kind: 'choice',
    choices: ['auto', 'yes', 'no'],
    default: 'auto',
    source: 'sink',
    perTable: true,
    doc: 'Whether the first line of a CSV message or object, if it has no attribute `columns`, names the columns. auto: when all its fields, and more than one, are columns of the table (`jdbc-url`).',
  },
  'sink.csv.null': {
    kind: 'list',
    quotes: true,
    default: [],
    source: 'sink',
    doc: 'Texts of CSV fields that are NULL when nothing encloses them, besides `\\N`, which is NULL however it is written; `""` is the empty text: `"",NULL`. Empty fields of numbers, dates and JSON are NULL in any case.',
  },
  'sink.csv.column-separator': {
    kind: 'text',
    source: 'sink',
    doc: 'How CSV of messages and objects is written, where that is not as loads have it, `sink.properties.column_separator`. The sink writes such rows anew, as JSON when the table is known (`jdbc-url`) and `sink.properties.format` does not say CSV. A message may say its own, in the attribute `csv`.',
  },
  'sink.csv.row-delimiter': { kind: 'text', source: 'sink', doc: 'As above, for `sink.properties.row_delimiter`.' },
  'sink.csv.enclose': {
    kind: 'text',
    pattern: /^[\x21-\x7e]$/,
    expects: 'one ASCII character',
    source: 'sink',
    doc: 'As above, for `sink.properties.enclose`. With exactly-once this is the way to read quoted CSV.',
  },
  'sink.csv.escape': {
    kind: 'text',
    pattern: /^[\x21-\x7e]$/,
    expects: 'one ASCII character',
    source: 'sink',
    doc: 'As above, for `sink.properties.escape`.',
  },
  'sink.csv.trim-space': {
    kind: 'boolean',
    default: false,
    source: 'sink',
    doc: 'Spaces around CSV fields are no data, and an enclose may stand behind them; as `sink.properties.trim_space`.',
  },
  'sink.epoch-unit': {
    kind: 'choice',
    choices: ['s', 'ms', 'us'],
    source: 'sink',
    perTable: true,
    doc: 'With `jdbc-url`: what a number in a DATE or DATETIME column counts since 1970: seconds, milliseconds or microseconds. Without it numbers are taken only as `20240305` and `20240305121030`.',
  },
} as const satisfies Record<string, OptionSpec>;
