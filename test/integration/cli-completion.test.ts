import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
let folder: string;
let env: Readonly<Record<string, string>>;

/** A command of that name, as an installed package has it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-completion-'));
  const command = join(folder, 'starrocks-sink');
  const main = join(import.meta.dirname, '../../cli/main.ts');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(command, 0o755);
  env = { PATH: [folder, process.env['PATH']].join(delimiter), HOME: folder };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What bash would offer behind a line, with its script sourced, and without the package bash-completion. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const script = `
    compopt() { :; }
    eval "$(starrocks-sink complete bash)"
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
    $(complete -p starrocks-sink | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await run('bash', ['--norc', '-c', script, 'bash', 'starrocks-sink', ...words], { env });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

describe('what completes commands in bash', () => {
  it.each([
    [['st'], ['status']],
    [
      ['rejected', ''],
      ['list', 'show', 'export', 'resend'],
    ],
    [
      ['dev', '--semantic', ''],
      ['at-least-once', 'exactly-once'],
    ],
    [['demo', 'my'], ['mysql']],
  ])('offers behind %j what may follow', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });
});

it.each(['zsh', 'fish', 'powershell'])('prints a script for %s', async (shell) => {
  const { stdout } = await run('starrocks-sink', ['complete', shell], { env });
  expect(stdout).toContain('starrocks-sink complete');
});
