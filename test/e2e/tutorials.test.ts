import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { printsAs, stepsOf } from '../tutorials/page.ts';
import { runPage, Stacks } from '../tutorials/run-page.ts';

const withServer = 'docs/tutorials/mysql.md';
const pages = globSync('docs/tutorials/*.md').filter((path) => !path.endsWith('README.md'));
const read = (path: string) => readFileSync(path, 'utf8');
const start = await startFollowable.mariadb();

describe('what stands on the page happens when it is typed', { timeout: 240_000 }, () => {
  let folder: string;
  let stacks: Stacks;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tutorial-stacks-'));
    stacks = new Stacks(folder);
  });
  afterAll(async () => {
    await stacks.close();
    if ('server' in start) await start.server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(pages.filter((path) => path !== withServer))('%s', async (path) => {
    const steps = stepsOf(read(path));
    expect(steps.length).toBeGreaterThan(3);
    await runPage(steps, stacks);
  });

  it.skipIf('missing' in start)(withServer, async () => {
    const port = 'server' in start ? String(start.server.port) : '';
    await runPage(stepsOf(read(withServer)), stacks, new Map([['3306', port]]));
  });
});

it.each(pages)('%s shows examples as they are', (path) => {
  for (const [, file = '', text] of read(path).matchAll(/^```.*\bfrom=(\S+)\n([\s\S]*?)^```$/gm))
    expect(text).toBe(read(file));
});

describe('a page', () => {
  it('holds commands with what they print, files, and fences that nobody runs', () => {
    const page =
      '```sh\n$ one \\\n  more\nout 1\n\nout 2\n$ two\n```\n```json file=a.json\n{}\n```\n```sh\nnpm i\n```\n```sh terminal=2\n$ dev\n```\n';
    const command = { kind: 'command', stays: false };
    expect(stepsOf(page)).toEqual([
      { ...command, command: 'one \\\n  more', expected: 'out 1\n\nout 2\n' },
      { ...command, command: 'two', expected: '' },
      { kind: 'file', name: 'a.json', text: '{}\n' },
      { ...command, command: 'dev', expected: '', stays: true },
    ]);
  });

  it.each([
    ['a … c', 'a b c', true],
    ['a … c', 'a b\nc', false],
    ['a\n…\nc', 'a\nb\nb\nc', true],
    ['a.c', 'abc', false],
    ['', 'something', false],
    ['3 rows', '4 rows', false],
    ['3 rows', 'first\n3 rows', false],
  ])('says %j and %j was printed', (expected, printed, isSo) => {
    expect(printsAs(expected, printed)).toBe(isSo);
  });
});
