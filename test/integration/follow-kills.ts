/** A follower in a process of its own, that may be killed at any moment: the command line's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import type { Stack } from '../../local/stack.ts';
import type { RouteGiven } from '../../src/options/route.ts';

/** What it says of itself, one JSON object a line. */
export type Told = Readonly<Record<string, unknown>>;

export interface FollowerProcess {
  /** Resolves with its exit code, or the signal that ended it, when all that it told was read. */
  readonly ended: Promise<number | string>;
  /** Resolves when it tells of such an event, now or before. */
  saw(event: string, isMeant?: (told: Told) => boolean): Promise<Told>;
  kill(signal: NodeJS.Signals): void;
}

export interface FollowerSetup {
  readonly stack: {
    readonly aws: Pick<Stack['aws'], 'endpoint'>;
    readonly resources: Pick<Stack['resources'], 'rowsQueueUrl'>;
    readonly options: Stack['options'];
  };
  readonly server: Pick<DatabaseServer, 'host' | 'port' | 'user' | 'password'>;
  readonly routes: readonly RouteGiven[];
  readonly folder: string;
  /** Hears every line that it prints. */
  readonly onLine?: (line: string) => void;
  /** What differs. */
  readonly source?: Readonly<Record<string, unknown>>;
}

/** Starts `starrocks-sink follow`. */
export async function startFollower({
  stack,
  server,
  routes,
  folder,
  source = {},
  onLine = () => undefined,
}: FollowerSetup): Promise<FollowerProcess> {
  const config = join(folder, 'sink.json');
  const address = { 'source.host': server.host, 'source.port': server.port, 'source.user': server.user };
  await writeFile(
    config,
    JSON.stringify({
      version: 1,
      options: { ...stack.options, 'source.flush-ms': 50, 'source.lease-ms': 1000, ...address, ...source },
      routes,
    }),
  );
  const main = new URL('../../cli/main.ts', import.meta.url).pathname;
  const args = [
    'follow',
    '-c',
    config,
    '--queue-url',
    stack.resources.rowsQueueUrl,
    '--endpoint',
    stack.aws.endpoint,
    '--json',
  ];
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, STARROCKS_SOURCE_PASSWORD: server.password },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  child.stderr.pipe(process.stderr, { end: false });
  return followerOf(child);
}

function followerOf(child: ChildProcess): FollowerProcess {
  const seen: Told[] = [];
  const waiting = new Set<() => void>();
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      seen.push(JSON.parse(line) as Told);
      for (const wake of waiting) wake();
    });
  }
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  void ended.then(() => process.off('exit', killOnExit));
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    async saw(event, isMeant = () => true) {
      for (;;) {
        const found = seen.find((each) => each['event'] === event && isMeant(each));
        if (found) return found;
        const woken = Promise.withResolvers<void>();
        waiting.add(woken.resolve);
        const how = await Promise.race([woken.promise.then(() => undefined), ended]);
        waiting.delete(woken.resolve);
        if (how !== undefined)
          throw new Error(`The follower ended (${how}) before it told of ${event}: ${JSON.stringify(seen)}`);
      }
    },
  };
}
