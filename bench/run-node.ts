import { spawnSync } from 'node:child_process';

/**
 * Runs a new process of Node to its end.
 *
 * @in     args: the file, and what it is told
 * @throws Error: it failed, or took ten seconds
 */
export function runNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000, env });
  if (status !== 0) throw new Error(`${args[0]} does not run: ${stderr}`);
}
