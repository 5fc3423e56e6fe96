/** What change events of databases can fail with; part of the table in errors.ts. */
export const changeFailures = {
  CHANGE_EVENT_INVALID: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message has the marks of a change event of a database, and cannot be read as one.',
    remedy:
      'Correct what is named here where the event is made; docs/change-events.md says what each source has to send.',
  },
  CHANGE_TABLES_MIXED: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message holds change events with all columns of their table beside some that lack columns, and the table is not known.',
    remedy: 'Set jdbc-url, so that the sink knows the columns, or send one event a message, and redrive.',
  },
  SOURCE_TRUNCATED: {
    verdict: 'reject',
    scope: 'message',
    says: 'The table was emptied in the source, which the sink does not repeat.',
    remedy:
      'Look at the table in the source; if it is to be empty here too, run TRUNCATE TABLE in StarRocks before later rows of it arrive, or load it anew.',
  },
  SOURCE_SCHEMA_CHANGED: {
    verdict: 'reject',
    scope: 'message',
    says: 'The table changed in the source, which the sink does not repeat.',
    remedy:
      'Change the table in StarRocks alike, where the change is wanted; rows go on meanwhile. The message itself carries no rows.',
  },
  CHANGE_UNORDERED: {
    verdict: 'reject',
    scope: 'message',
    says: 'A change does not tell what sink.order-by asks for, or not for the whole row.',
    remedy:
      'Let the source tell it (docs/change-events.md says what of each source is its place), or order by something else, and redrive.',
  },
  ORDER_COLUMNS_MISSING: {
    verdict: 'reject',
    scope: 'message',
    says: 'The table has no primary key, or not the columns that sink.order-by needs.',
    remedy:
      'ALTER TABLE … ADD COLUMN `__ver` LARGEINT NOT NULL DEFAULT "0", ADD COLUMN `__deleted` BOOLEAN NOT NULL DEFAULT "0" (or as the options name them), and redrive.',
  },
  ATOMIC_IMPOSSIBLE: {
    verdict: 'reject',
    scope: 'message',
    says: 'The rows of a message cannot become visible at once, as sink.atomic-messages asks for.',
    remedy:
      'A message holds rows for tables of one database, and for each table rows that one load can carry: send what is named here in messages of its own.',
  },
  DELETE_WITHOUT_KEY: {
    verdict: 'reject',
    scope: 'message',
    says: 'A row is to be deleted from a table that has no primary key.',
    remedy:
      'Load changes into a PRIMARY KEY table; `starrocks-sink migrate` writes one for a table of MySQL that has a key.',
  },
} as const;
