import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('has every row in a duplicate-key table once, although its process is killed again and again', {
  timeout: 120_000,
}, async () => {
  const flags = ['--rows', '30000', '--kills', '4', '--seed', '7'];
  const { stdout } = await run(process.execPath, ['bench/chaos.ts', ...flags]);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('sent=30000 count=30000 distinct=30000');
});
