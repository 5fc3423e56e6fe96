import { statSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { placeOf, root } from './pages.ts';

/** Files that pages lead to and that are no pages: they are copied beside them. */
export const linkedFiles = new Set<string>();

/**
 * Where a link leads on the site. Pages link as GitHub reads them, from file to file.
 *
 * @in      from: path of the page in the project; pages: those of all pages
 * @throws  Error: nothing is there, or a folder without README.md
 */
export function linkOnSite(from: string, href: string, pages: ReadonlySet<string>): string {
  if (href.startsWith('#') || /^\w+:/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = posix.join(posix.dirname(from), decodeURIComponent(path)).replace(/\/$/, '');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const page = [target, `${target}/README.md`].find((candidate) => pages.has(candidate));
  if (page !== undefined) return `/${placeOf(page)}${hash}`;
  const found = statSync(join(root, target), { throwIfNoEntry: false });
  if (!found?.isFile())
    throw new Error(
      `${from} links to ${href}: expected a file, or a folder with README.md; found ${found ? 'a folder without one' : 'nothing'}.`,
    );
  linkedFiles.add(target);
  return `/files/${target}.txt`;
}

/** A plugin of markdown-it. */
export const relink =
  (pages: ReadonlySet<string>) =>
  (markdown: MarkdownRenderer): void => {
    markdown.core.ruler.push('relink', ({ tokens, env }) => {
      const from = posix.relative(root, env.realPath ?? env.path);
      for (const token of tokens.flatMap(({ children }) => children ?? [])) {
        const href = token.type === 'link_open' ? token.attrGet('href') : null;
        if (href !== null) token.attrSet('href', linkOnSite(from, href, pages));
      }
    });
  };
