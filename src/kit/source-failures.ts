/** What stops the follower of a MySQL server: a part of the failures of errors.ts. No position moves past any of them. */
export const sourceFailures = {
  SOURCE_LOST: {
    verdict: 'retry',
    scope: 'source',
    says: 'The connection to the MySQL server was lost.',
    remedy: 'Nothing: it is opened again, from the last position. If it stays, look whether the server is up.',
  },
  SOURCE_ACCESS_DENIED: {
    verdict: 'reject',
    scope: 'source',
    says: 'The MySQL server does not let the user in.',
    remedy:
      'Correct source.user and source.password (in the environment STARROCKS_SOURCE_PASSWORD), or the secret that source.secret-id names; look from which addresses the user may come.',
  },
  SOURCE_TLS: {
    verdict: 'reject',
    scope: 'source',
    says: 'The connection to the MySQL server cannot be encrypted as source.tls.* says.',
    remedy: 'Correct source.tls.mode and source.tls.ca, or the certificate of the server.',
  },
  SOURCE_ID_TAKEN: {
    verdict: 'reject',
    scope: 'source',
    says: 'Another replica has connected to the MySQL server under our server id.',
    remedy: 'Give every replica and follower of the server an id of its own.',
  },
  SOURCE_PURGED: {
    verdict: 'reject',
    scope: 'source',
    says: 'The MySQL server has deleted binlogs that were not read yet.',
    remedy:
      'Take the snapshot again: empty its mirrors in StarRocks, and follow it under another source.name. Let the server keep its binlogs longer (binlog_expire_logs_seconds).',
  },
  SOURCE_FOREIGN: {
    verdict: 'reject',
    scope: 'source',
    says: 'The MySQL server does not know the position that was reached.',
    remedy:
      'Follow the server, or a replica of it, from which the position is. If its data was replaced, empty its mirrors in StarRocks, and follow it under another source.name.',
  },
  SOURCE_SETTING: {
    verdict: 'reject',
    scope: 'source',
    says: 'The MySQL server, or one of its sessions, wrote a change in a way that does not tell what became of the rows.',
    remedy:
      'Correct the setting that is named here where it was made, then take a snapshot of the table again, under another source.name.',
  },
  SOURCE_STATEMENT: {
    verdict: 'reject',
    scope: 'source',
    says: 'The binlog holds a statement from which the changed rows cannot be known.',
    remedy:
      'Look at what the statement did. If it changes followed tables, take a snapshot of them again, under another source.name.',
  },
  SOURCE_TYPE_UNKNOWN: {
    verdict: 'reject',
    scope: 'source',
    says: 'A followed table has a column whose values cannot be read from the binlog.',
    remedy: 'Change the type of the column that is named here, or leave the table out of the routes.',
  },
  SOURCE_DEFINITION: {
    verdict: 'reject',
    scope: 'source',
    says: 'A followed table is not what it was when following began, and the binlog does not name its columns (source.column-names = server).',
    remedy:
      'Take a snapshot again, under another source.name; or let the server write names (binlog_row_metadata = FULL), and begin anew with source.column-names = binlog.',
  },
  SOURCE_UNREADABLE: {
    verdict: 'reject',
    scope: 'source',
    says: 'The binlog holds something that cannot be read.',
    remedy: 'Look at the position with mysqlbinlog, and report what stands there.',
  },
  SOURCE_XA: {
    verdict: 'reject',
    scope: 'source',
    says: 'The rows of an XA transaction cannot be kept until its end.',
    remedy:
      'Take a snapshot again, under another source.name, once the transaction has ended (XA RECOVER lists those that wait).',
  },
  SOURCE_ROLLED_BACK: {
    verdict: 'reject',
    scope: 'source',
    says: 'A transaction was rolled back, wholly or in part, after its rows were written to the binlog.',
    remedy:
      'Take a snapshot of its tables again, under another source.name. It comes of tables of an engine without transactions: change their engine to InnoDB.',
  },
} as const;
