import { startFollowable } from '../../local/mysql/followable.ts';
import { runMySqlChaos } from './run.ts';

export interface Asked {
  readonly rows: number;
  readonly kills: number;
  readonly seed: number;
  /** Names of servers, with commas. */
  readonly servers: string;
}

type Server = keyof typeof startFollowable;
const isServer = (name: string): name is Server => name in startFollowable;
/** A server that is killed keeps what it has committed. */
const keepsCommits = ['--innodb-flush-log-at-trx-commit=2'];

/** Runs the scenario on each server, and prints what came of it. @out whether every promise was kept */
export async function tellMySqlChaos({ servers, ...options }: Asked): Promise<boolean> {
  let isKept = true;
  for (const name of servers.split(',')) {
    if (!isServer(name)) throw new Error(`There is no server ${name}: ${Object.keys(startFollowable).join(', ')}.`);
    const startedMs = performance.now();
    const start = await startFollowable[name](keepsCommits);
    if (!('server' in start)) {
      console.log(`${name}: left out. ${start.missing}`);
      continue;
    }
    try {
      const onProgress = (line: string) => console.error(`${name}: ${line}`);
      const { broken, mirrored, differing, changes, lost, doubled, disordered, ...facts } = await runMySqlChaos({
        ...{ ...options, server: start.server, onProgress },
      });
      for (const sentence of broken) console.log(`BROKEN: ${sentence}`);
      console.log(`${name}: ${JSON.stringify(facts)} ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
      console.log(
        `${name}: rows=${mirrored} differing=${differing} changes=${changes} lost=${lost} doubled=${doubled} disordered=${disordered}`,
      );
      isKept &&= broken.length === 0;
    } finally {
      await start.server.stop();
    }
  }
  return isKept;
}
