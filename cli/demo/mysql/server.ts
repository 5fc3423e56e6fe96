import { existsSync } from 'node:fs';
import type { ServerStart } from '../../../local/mysql/database-server.ts';
import { startFollowable } from '../../../local/mysql/followable.ts';
import { isMariaDbInstalled } from '../../../local/mysql/mariadb.ts';
import { isMySqlUnpacked, mySqlFolder } from '../../../local/mysql/mysql.ts';
import { SinkError } from '../../../src/kit/errors.ts';

export interface ChosenServer {
  readonly name: string;
  /** Where it comes from, and what is downloaded. */
  readonly says: string;
  readonly start: () => Promise<ServerStart>;
}

/** A real server: one that is there already, or else one that is downloaded. @throws SinkError OPTIONS_INVALID: there is none */
export function chooseServer(): ChosenServer {
  const mysql = { name: 'MySQL', start: startFollowable.mysql };
  const own = 'with data of its own in a temporary folder';
  if (isMySqlUnpacked())
    return { ...mysql, says: `Nothing is downloaded: MySQL is in ${mySqlFolder}, and runs ${own}.` };
  if (isMariaDbInstalled())
    return {
      ...{ name: 'MariaDB', start: startFollowable.mariadb },
      says: `Nothing is downloaded: MariaDB is installed, and runs ${own}.`,
    };
  if (existsSync('/etc/debian_version'))
    return {
      ...mysql,
      says: `MySQL is downloaded from Debian's unstable suite, about 50 MB, and unpacked into ${mySqlFolder}; nothing else of this machine is changed.`,
    };
  throw new SinkError(
    'OPTIONS_INVALID',
    'No MySQL server: found no mariadbd in PATH, and MySQL can be downloaded on Debian and Ubuntu only. Install MariaDB.',
  );
}
