import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { menu, otherMarkdown, placeOf, sourcePages } from '../../site/pages.ts';
import { frontPage, newestFirst, versionsPage } from '../../site/versions.ts';

it.each([
  ['docs/README.md', 'index.md'],
  ['README.md', 'readme.md'],
  ['docs/options.md', 'options.md'],
  ['docs/tutorials/README.md', 'tutorials/index.md'],
  ['docs/tutorials/mysql.md', 'tutorials/mysql.md'],
  ['examples/README.md', 'examples/index.md'],
  ['examples/sns/README.md', 'examples/sns.md'],
  ['site/api/generated/README.md', 'api/index.md'],
  ['site/api/generated/starrocks-sink/cdk.md', 'api/cdk.md'],
])('%s stands on the site as %s', (source, place) => {
  expect(placeOf(source)).toBe(place);
});

it('no two pages have one place, and none of docs is left out', () => {
  const pages = sourcePages();
  expect(new Set(pages.map(placeOf)).size).toBe(pages.length);
  expect(globSync('docs/**/*.md').filter((page) => !pages.includes(page))).toEqual([]);
  expect(otherMarkdown(pages)).toContain('AGENTS.md');
});

it('the menu has every page of docs once, those of a folder behind its first page', () => {
  const pages = sourcePages();
  const links = menu(pages).flatMap(({ items }) => items.map(({ link }) => link));
  const ofDocs = pages.filter((page) => page.startsWith('docs/')).map((page) => `/${placeOf(page)}`);
  expect(links.filter((link) => ofDocs.includes(link)).toSorted()).toEqual(ofDocs.toSorted());
  const tutorials = menu(pages).find(({ text }) => text === 'Tutorials');
  expect(tutorials?.items.slice(0, 2)).toEqual([
    { text: 'Tutorials', link: '/tutorials/index.md' },
    { text: 'First rows in two minutes', link: '/tutorials/first-rows.md' },
  ]);
});

it('versions follow each other as numbers, and the first page leads to the newest', () => {
  expect(newestFirst(['0.9', '1.0', '0.10', '0.1'])).toEqual(['1.0', '0.10', '0.9', '0.1']);
  expect(frontPage('1.0')).toContain('content="0; url=1.0/"');
  expect(versionsPage(['1.0', '0.9'])).toMatch(/href="\.\.\/1\.0\/"[\s\S]*href="\.\.\/0\.9\/"/);
});
