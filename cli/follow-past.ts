import type { FollowDeps } from '../src/follow/follow-once.ts';
import { takeSource } from '../src/follow/journal.ts';
import type { MySqlPlace } from '../src/follow/mysql/place.ts';
import { SinkError } from '../src/kit/errors.ts';
import type { Terminal } from './terminal.ts';

/** Notes that a person has seen to a statement: whoever follows next goes on behind it. @out exit code */
export async function goPast(past: string, deps: FollowDeps, terminal: Terminal): Promise<number> {
  const nobody = async (): Promise<MySqlPlace> => {
    throw new SinkError('OPTIONS_INVALID', `Nobody has followed ${deps.source} yet.`);
  };
  const taken = await takeSource<MySqlPlace>(nobody, deps);
  if ('heldBy' in taken) {
    terminal.stderr.write(`${taken.heldBy} follows ${deps.source}, and has not stopped.\n`);
    return 1;
  }
  const { journal } = taken;
  const { place, plan } = journal.state;
  const at = plan?.next ?? place;
  if (at.phase !== 'binlog') {
    terminal.stderr.write(`${deps.source} is being copied: no statement stops that.\n`);
    return 1;
  }
  const next = { ...at, past };
  journal.note(() => (plan ? { plan: { ...plan, next } } : { place: next }));
  await journal.write(() => ({ stop: undefined, heldUntilMs: 0 }));
  terminal.stdout.write(`Whoever follows ${deps.source} next goes on behind ${past}.\n`);
  return 0;
}
