import { fork } from 'node:child_process';
import { once } from 'node:events';

const longestMs = 30 * 60_000;

/**
 * Runs a module in a process of its own; what it prints is thrown away, errors excepted.
 *
 * @in     env: its variables; those of this process unless told
 * @out    the first message that it sends
 * @throws Error: it ended without one, or took half an hour
 */
export async function runInProcess<Out>(
  module: URL,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Out> {
  const child = fork(module, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--expose-gc'],
    timeout: longestMs,
    env,
  });
  const ended = once(child, 'exit');
  const [out] = await Promise.race([
    once(child, 'message'),
    ended.then(([code, signal]) =>
      Promise.reject(new Error(`${module.pathname.split('/').at(-1)} ended by itself (${code ?? signal}).`)),
    ),
  ]);
  await ended;
  return out as Out;
}
