import { mkdir } from 'node:fs/promises';
import { stalePages, writePages } from './docs/pages.ts';

/** Writes the pages of docs/ that are made from code; with --check only says which are stale, and exits 1 if any is. */
async function main(args: readonly string[]): Promise<void> {
  const root = new URL('../', import.meta.url);
  if (!args.includes('--check')) {
    await mkdir(new URL('docs/', root), { recursive: true });
    await writePages(root);
    return;
  }
  const stale = await stalePages(root);
  if (stale.length === 0) return;
  console.error(`Stale: ${stale.join(', ')}. Run npm run docs.`);
  process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.slice(2));
