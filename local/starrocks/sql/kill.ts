import { type Answer, done } from '../mysql/mysql-replies.ts';
import { wholeSystem } from '../users/privileges.ts';
import type { Rights } from './rights/access.ts';
import type { Session } from './session.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';

/** The connections of the query port. */
export interface Sessions {
  all(): readonly Session[];
  /** Hangs up; false when there is no such session. */
  kill(id: number): boolean;
}

/** KILL [CONNECTION | QUERY] id: those of others are for who runs the cluster. */
export function kill(reader: TokenReader, sessions: Sessions, { user }: Session, rights: Rights): Answer {
  reader.acceptOneOf(['CONNECTION', 'QUERY']);
  const id = reader.integer();
  const victim = sessions.all().find((session) => session.id === id);
  if (victim !== undefined && victim.user !== user) rights.require('OPERATE', wholeSystem);
  if (!sessions.kill(id)) throw new SqlError(1094, 'HY000', `Unknown thread id: ${id}`);
  return done;
}
