import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const patienceMs = 60_000;

/**
 * What a reader has and a clone has not: the published package behind `npx`. `mysql` is that of the machine, or one that prints alike.
 */
const prelude = `
npx() { if [ "$1" = starrocks-sink ]; then shift; node "${root}/cli/main.ts" "$@"; else "${root}/node_modules/.bin/$1" "\${@:2}"; fi; }
command -v mysql > /dev/null || mysql() { node "${root}/test/tutorials/mysql-client.ts" "$@"; }
exec 2>&1
`;

/** A terminal: what is exported, or where one went, is so for the next command, too. Rejects when it ended, or after a minute. */
export interface Shell {
  /** Resolves when the command has ended. */
  run(command: string): Promise<{ readonly printed: string; readonly exitCode: number }>;
  /** Begins the command and leaves it; `enough` is asked about what it printed so far. */
  leave(command: string, enough: (printed: string) => boolean): Promise<void>;
  close(): Promise<void>;
}

export function openShell(folder: string, env: NodeJS.ProcessEnv): Shell {
  const child = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: { ...env, PATH: `${join(root, 'node_modules/.bin')}:${env['PATH']}` },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const output = new EventEmitter();
  const ended = once(child, 'exit').then(() => output.emit('more'));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
    output.emit('more');
  });
  const type = async (text: string, isEnough: () => boolean): Promise<void> => {
    printed = '';
    child.stdin.write(text);
    const signal = AbortSignal.timeout(patienceMs);
    while (!isEnough()) {
      if (child.exitCode !== null || signal.aborted)
        throw new Error(`${signal.aborted ? 'It takes too long' : 'The terminal ended'}:\n${text}\n${printed}`);
      await once(output, 'more', { signal }).catch(() => undefined);
    }
  };
  child.stdin.write(prelude);
  return {
    async run(command) {
      const mark = randomUUID();
      const end = new RegExp(`\\n${mark} (\\d+)\\n`);
      await type(`{ ${command}\n} < /dev/null\nprintf '\\n%s %d\\n' ${mark} $?\n`, () => end.test(printed));
      const [text = '', code] = printed.split(end);
      return { printed: text, exitCode: Number(code) };
    },
    leave: (command, enough) => type(`{ ${command}\n} < /dev/null\nexit\n`, () => enough(printed)),
    async close() {
      // All that runs in this terminal, as closing its window does.
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
        process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}
