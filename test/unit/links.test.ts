import { globSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { anchorOf } from '../../scripts/docs/markdown.ts';

const root = join(import.meta.dirname, '../..');
const patterns = ['*.md', 'docs/**/*.md', 'examples/**/*.md', 'test/*/README.md'];
const pages = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }));

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]+`/g, 'code');

/** Anchors of a page's headings, as GitHub makes them: the second of the same words ends with `-1`. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)) {
    const anchor = anchorOf(heading.replaceAll(/[`*]/g, ''));
    let [name, times] = [anchor, 0];
    while (anchors.has(name)) name = `${anchor}-${++times}`;
    anchors.add(name);
  }
  return anchors;
}

/** @out  links of a page, without those that leave the project, that lead to no file, or to no heading */
function deadLinks(page: string, text: string): readonly string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^\w+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
    if (statSync(join(root, target), { throwIfNoEntry: false }) === undefined) return true;
    if (anchor === undefined) return false;
    return !anchorsOf(target === page ? text : readFileSync(join(root, target), 'utf8')).has(anchor);
  });
}

it.each(pages)('every link of %s leads to a file and a heading', (page) => {
  expect(deadLinks(page, readFileSync(join(root, page), 'utf8'))).toEqual([]);
});

it('a link to nothing is found, to a file or to a heading', () => {
  const text = '# A page\n\n## A b.c\n\n## A b.c\n';
  const dead = ['nothing.md', 'docs/options.md#nothing', '#a-bc-2'];
  const alive = ['docs/options.md', 'docs', '#a-bc', '#a-bc-1', 'https://example.com/nothing'];
  expect(deadLinks('README.md', `${text}${[...dead, ...alive].map((link) => `[x](${link})`).join(' ')}`)).toEqual(dead);
});
