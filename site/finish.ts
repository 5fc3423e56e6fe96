import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linkedFiles } from './links.ts';
import { root } from './pages.ts';
import { frontPage, home, newestFirst, versionsPage } from './versions.ts';

/** Runs when all pages of a version are written. @throws Error: links that lead nowhere */
export function finish(outDir: string): void {
  for (const path of linkedFiles) cpSync(join(root, path), join(outDir, 'files', `${path}.txt`));
  nameVersions(dirname(outDir));
  const dead = deadLinks(outDir);
  if (dead.length > 0) throw new Error(`Links that lead nowhere:\n${dead.join('\n')}`);
}

/** Writes the first page of the site, and the list of versions that each version shows, of the folders that are there. */
function nameVersions(dist: string): void {
  const versions = newestFirst(globSync('*/index.html', { cwd: dist }).map((path) => dirname(path)));
  writeFileSync(join(dist, 'index.html'), frontPage(versions[0] ?? ''));
  for (const version of versions) writeFileSync(join(dist, version, 'versions.html'), versionsPage(versions));
}

/**
 * @in   outDir: the folder of one version
 * @out  links inside of it whose file, or whose heading, is not there: `page → link`
 */
export function deadLinks(outDir: string): readonly string[] {
  const base = outDir.slice(dirname(outDir).length + 1);
  const pages = new Map(
    globSync('**/*.html', { cwd: outDir }).map((path) => [path, readFileSync(join(outDir, path), 'utf8')] as const),
  );
  const files = new Set(globSync('**/*.*', { cwd: outDir }));
  const ids = new Map([...pages].map(([path, html]) => [path, new Set(all(/ id="([^"]+)"/g, html))] as const));
  const isThere = (from: string, link: string): boolean => {
    const [path = '', anchor] = link.split('#');
    const place = path === '' ? from : path.slice(`${home}${base}/`.length).replace(/(^|\/)$/, '$1index.html');
    if (anchor === undefined || anchor === '') return files.has(place);
    return ids.get(place)?.has(decodeURIComponent(anchor)) ?? false;
  };
  return [...pages].flatMap(([from, html]) =>
    [...new Set(all(/ href="([^"]+)"/g, html))]
      .filter((link) => link.startsWith('#') || link.startsWith(`${home}${base}/`))
      .filter((link) => !isThere(from, link))
      .map((link) => `${from} → ${link}`),
  );
}

const all = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([, found = '']) => found);
