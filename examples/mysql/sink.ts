/** What the sink does. */
export const options = { 'database-name': 'edu', 'sink.semantic': 'exactly-once' } as const;

/** As `migrate` writes them: every shard fills one table. */
export const routes = [
  {
    source: { database: '^edu_db_\\d+$', table: '^course_\\d+$' },
    database: 'edu',
    table: 'course__auto_shard',
    primaryKey: ['id'],
  },
];
