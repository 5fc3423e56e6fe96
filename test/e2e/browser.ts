import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { mayInstall } from '../../local/mysql/database-server.ts';
import { chromiumPath } from '../surroundings.ts';

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** missing: one line that says what was left out, and what would bring it. */
export type BrowserStart = { readonly browser: Browser } | { readonly missing: string };

const script = join(import.meta.dirname, '../../scripts/install-chromium.sh');
const howTo =
  'Chromium is not installed, so the page of the console was not tried: as root on Debian run scripts/install-chromium.sh.';

/** It asks nobody for anything by itself. */
const args = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/**
 * Starts Chromium without a past. Where it is not installed, it is installed if this is Debian and the user is root; otherwise
 * the tests that need it are to be skipped with the line `missing`.
 */
export async function startBrowser(): Promise<BrowserStart> {
  const isRootOfDebian = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!existsSync(chromiumPath) && mayInstall && isRootOfDebian) spawnSync(script, { stdio: 'ignore' });
  if (!existsSync(chromiumPath)) return { missing: howTo };
  const folder = await mkdtemp(join(tmpdir(), 'chromium-'));
  const context = await chromium.launchPersistentContext(folder, { executablePath: chromiumPath, args });
  return {
    browser: {
      context,
      async close() {
        await context.close();
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
}
