import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { mayInstall } from '../../local/mysql/database-server.ts';
import { isMariaDbInstalled } from '../../local/mysql/mariadb.ts';
import { isMySqlUnpacked } from '../../local/mysql/mysql.ts';

const mayDownload = mayInstall && existsSync('/etc/debian_version');
const hasServer = isMySqlUnpacked() || isMariaDbInstalled() || mayDownload;

describe('npm run demo -- mysql', () => {
  it.skipIf(!hasServer)('says what it downloads, and ends with both sides the same', { timeout: 300_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      'cli/main.ts',
      'demo',
      'mysql',
      '--json',
      '--quiet',
    ]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/downloaded/);
    const summary = JSON.parse(lines.at(-1) ?? '');
    expect(summary).toMatchObject({ copied: 20_000, differing: 0, ok: true });
    expect(summary.changed).toBeGreaterThan(100);
    expect(lines.at(-2)).toContain(`hold ${summary.rows} rows, the same, row by row`);
  });
});
