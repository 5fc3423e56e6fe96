/** What following a database can fail with on its own side: the state, the queue, the tables in StarRocks; part of the table in errors.ts. */
export const followFailures = {
  SOURCE_FENCED: {
    verdict: 'retry',
    scope: 'source',
    says: 'Somebody else follows this source now.',
    remedy:
      'Nothing: the other goes on, and nothing was sent twice. If two are meant to run, give each a name and a bucket of its own.',
  },
  SOURCE_HELD: {
    verdict: 'retry',
    scope: 'source',
    says: 'Somebody else follows this source.',
    remedy: 'Nothing while the other is alive; it is taken over when it has not been heard of until then.',
  },
  SOURCE_UNFIT: {
    verdict: 'reject',
    scope: 'source',
    says: 'The MySQL server, or a table of it, cannot be followed as it is.',
    remedy: 'Run the statements that are named here, or take the table out of the routes; docs/mysql.md says why each.',
  },
  SOURCE_TABLE_CHANGED: {
    verdict: 'reject',
    scope: 'source',
    says: 'A followed table was changed in a way that its route does not allow for.',
    remedy:
      'Do what is named here, in StarRocks or in sink.json, and follow on. To go on behind the statement as things are, run starrocks-sink follow --past with the transaction that is named here.',
  },
  SOURCE_TABLE_UNCOPIED: {
    verdict: 'reject',
    scope: 'source',
    says: 'A table that was not copied is taken by a route now.',
    remedy:
      'Take it out of the routes of this source, and follow it by a source of its own (another source.name), which copies it first.',
  },
  SOURCE_ROUTES_CHANGED: {
    verdict: 'reject',
    scope: 'source',
    says: 'The routes were changed while a large transaction was sent in part, whose rows were counted by the routes of before.',
    remedy:
      'Follow with the routes of before until starrocks-sink status --json says isInsideTransaction: false, then change them.',
  },
  FOLLOW_QUEUE_UNORDERED: {
    verdict: 'reject',
    scope: 'source',
    says: 'The rows queue does not keep the order of changes.',
    remedy:
      'Make the sink with a FIFO queue (fifo: true): an older state of a row would overwrite a newer one. Or give every mirror the columns of sink.order-by = position, and every history a column of sourceType @version.',
  },
  FOLLOW_SEMANTIC: {
    verdict: 'reject',
    scope: 'source',
    says: 'The sink would load a change again when a message is delivered twice.',
    remedy: 'Set sink.semantic to exactly-once.',
  },
} as const;
