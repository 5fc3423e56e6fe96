import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smtConfig } from '../unit/migrate-schema-builder.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-pipe-'));
  await writeFile(join(folder, 'smt.conf'), smtConfig().replace('./result', join(folder, 'result')));
  await writeFile(join(folder, 'schema.json'), '{"tables": [], "columns": []}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The command with a reader that is gone before the first line comes, as in `… | true`. */
async function withoutReader(args: readonly string[]): Promise<{ status: unknown; stderr: string }> {
  const main = join(import.meta.dirname, '../../cli/main.ts');
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  child.stdout.destroy();
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { status, stderr };
}

it.each([[['migrate', '-c', 'smt.conf', '--from-json', 'schema.json']], [['dev', '--only', 'starrocks']]])(
  'ends without a word, as SIGPIPE ends others, when nobody reads what %j prints',
  async (args) => {
    expect(await withoutReader(args)).toEqual({ status: 141, stderr: '' });
  },
);
