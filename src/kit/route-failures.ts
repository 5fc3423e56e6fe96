/** What can go wrong between rows and the table that they are for. */
export const routeFailures = {
  TABLE_MISSING: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message names no table, and no default table is set.',
    remedy: 'Set database-name and table-name, or send the attributes database and table.',
  },
  TABLE_UNPLANNED: {
    verdict: 'reject',
    scope: 'message',
    says: 'The table does not exist, and what is known does not say what it should look like.',
    remedy: 'Make the table, or name its columns and its primaryKey in a route.',
  },
  ROUTE_PATTERN_SLOW: {
    verdict: 'retry',
    scope: 'message',
    says: 'The patterns of the routes took too long over the names that the message tells.',
    remedy: 'Write the patterns of `routes` so that they cannot be tried in many ways: `(a+)+` is one that can.',
  },
  TABLE_NOT_ALLOWED: {
    verdict: 'reject',
    scope: 'message',
    says: 'The message names a table that this sink may not fill.',
    remedy: 'Add a pattern to sink.tables.allow, or correct the message.',
  },
} as const;
