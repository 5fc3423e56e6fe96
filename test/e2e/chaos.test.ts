import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** The last line that a bench prints. @throws Error with all that it printed: a promise was not kept */
async function lastLine(script: string, flags: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [`bench/${script}.ts`, ...flags]).catch((error) => {
    throw new Error(error.stdout || error.stderr);
  });
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

const chaos = (scenario: string, rows: number, kills: number) =>
  lastLine('chaos', [
    ...['--scenario', scenario, '--rows', `${rows}`, '--kills', `${kills}`],
    ...['--seed', '7', '--hour', '8'],
  ]);

describe.concurrent('rows on their way into StarRocks', { timeout: 240_000 }, () => {
  it('has every row in a duplicate-key table once, although its process is killed again and again', async () => {
    expect(await chaos('kills', 30_000, 4)).toBe('kills: sent=30000 count=30000 distinct=30000 rejected=0');
  });

  it('has the last version of each key too, when the queue is FIFO', async () => {
    expect(await chaos('fifo', 4000, 1)).toBe('fifo: sent=4000 count=4000 distinct=4000 rejected=0');
  });

  it('has the bad rows aside, and the good ones in the table', async () => {
    expect(await chaos('bad-rows', 8000, 1)).toBe('bad-rows: sent=8000 count=7984 distinct=7984 rejected=16');
  });

  it.each(['silent-frontend', 'stalled-s3', 'outage'])('has every row once: %s', async (scenario) => {
    expect(await chaos(scenario, 8000, 1)).toBe(`${scenario}: sent=8000 count=8000 distinct=8000 rejected=0`);
  });

  it.each(['exactly-once', 'at-least-once'])(
    'loses, doubles and rejects nothing good in a bad network, %s',
    async (semantic) => {
      const line = await lastLine('soak', ['--minutes', '0.15', '--semantic', semantic]);
      const planted = /planted=(\d+)$/.exec(line)?.[1];
      expect(Number(planted)).toBeGreaterThan(0);
      expect(line).toContain(`lost=0 doubled=0 rejected=${planted} planted=${planted}`);
    },
  );
});
