import type { ServerStart } from './database-server.ts';
import { startMariaDb } from './mariadb.ts';
import { startMySql } from './mysql.ts';

/** Starts a server that tells its changes as a follower needs them. @in more: further arguments of the server */
export const startFollowable = {
  mariadb: (more: readonly string[] = []): Promise<ServerStart> => startMariaDb([...mariaDbArguments, ...more]),
  mysql: (more: readonly string[] = []): Promise<ServerStart> => startMySql([...mySqlArguments, ...more]),
} as const;

const mariaDbArguments = [
  ...['--log-bin=binlog', '--server-id=1', '--binlog-format=ROW'],
  ...['--binlog-row-metadata=FULL', '--binlog-row-image=FULL'],
];
const mySqlArguments = [
  ...['--log-bin=binlog', '--server-id=1', '--binlog-row-metadata=FULL'],
  ...['--gtid-mode=ON', '--enforce-gtid-consistency=ON'],
];
