import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { ChaosFunctions } from './chaos-functions.ts';
import type { WatchedOutput } from './watched-output.ts';

/** The process that runs the functions. */
export interface Victim {
  /** @throws Error when it ends by itself before it runs */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Rejects when it ends and nobody killed it. */
  readonly ended: Promise<never>;
}

/** @in  output: takes what it prints, at every level */
export function createVictim(setup: ChaosFunctions, output: WatchedOutput): Victim {
  let child: ChildProcess | undefined;
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => undefined);
  return {
    ended,
    async start() {
      const started = fork(new URL('./chaos-functions.ts', import.meta.url), [JSON.stringify(setup)], {
        ...{ stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
        env: { ...process.env, POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_DEV: 'false' },
      });
      for (const stream of [started.stdout, started.stderr]) if (stream) output.watch(stream);
      child = started;
      started.once('exit', (code, signal) => {
        if (child === started) reject(new Error(`The functions ended by themselves (${code ?? signal}).`));
      });
      await Promise.race([once(started, 'message'), ended]);
    },
    async kill() {
      const killed = child;
      child = undefined;
      if (killed === undefined) return;
      const exit = once(killed, 'exit');
      killed.kill('SIGKILL');
      await exit;
    },
  };
}
