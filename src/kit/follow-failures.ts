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
  FOLLOW_QUEUE_UNORDERED: {
    verdict: 'reject',
    scope: 'source',
    says: 'The rows queue does not keep the order of changes.',
    remedy: 'Make the sink with a FIFO queue (fifo: true): an older state of a row would overwrite a newer one.',
  },
  FOLLOW_SEMANTIC: {
    verdict: 'reject',
    scope: 'source',
    says: 'The sink would load a change again when a message is delivered twice.',
    remedy: 'Set sink.semantic to exactly-once.',
  },
  FOLLOW_ROUTES_CHANGED: {
    verdict: 'reject',
    scope: 'source',
    says: 'The routes changed in the middle of a transaction.',
    remedy:
      'Follow with the sink.json of before until the transaction is over, which `status` tells, then with the new one.',
  },
} as const;
