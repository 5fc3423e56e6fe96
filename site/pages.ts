import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the project is. Paths of pages begin there, and have slashes. */
export const root = join(import.meta.dirname, '..');

const sources = ['docs/**/*.md', 'examples/**/*.md', 'test/*/README.md', 'site/api/generated/**/*.md', '*.md'];

/** Files that become pages, by their paths in the project. */
export const sourcePages = (): readonly string[] =>
  sources
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path !== 'AGENTS.md')
    .sort();

/** Markdown that is no page: fixtures, what tools wrote. */
export function otherMarkdown(pages: readonly string[]): readonly string[] {
  const isPage = new Set(pages);
  const found = globSync('**/*.md', { cwd: root, exclude: (path) => path.endsWith('node_modules') });
  return found.map((path) => path.replaceAll('\\', '/')).filter((path) => !isPage.has(path));
}

/** The place of a page on the site: `docs/README.md` is the first page, `examples/sns/README.md` is `examples/sns.md`. */
export function placeOf(source: string): string {
  if (source === 'README.md') return 'readme.md';
  const place = source.replace(/^docs\//, '').replace(/^site\/api\/generated\/(starrocks-sink\/)?/, 'api/');
  if (/^(\w+\/)?README\.md$/.test(place)) return place.replace('README.md', 'index.md');
  return place.replace(/\/README\.md$/, '.md');
}

const titleOf = (source: string): string =>
  /^# (.*)$/m
    .exec(readFileSync(join(root, source), 'utf8'))?.[1]
    ?.replaceAll('`', '')
    .replaceAll('\\', '') ?? source;

/** The menu. A page of docs/ that no group names stands in the last one. */
const groups: readonly { readonly text: string; readonly pages: readonly string[] }[] = [
  { text: 'Begin', pages: ['docs/README.md', 'docs/not-tried.md', 'docs/upgrade.md', 'CHANGELOG.md'] },
  {
    text: 'Tutorials',
    pages: [
      'docs/tutorials/README.md',
      'docs/tutorials/first-rows.md',
      'docs/tutorials/exactly-once.md',
      'docs/tutorials/',
    ],
  },
  { text: 'How to feed it', pages: ['docs/how-to/README.md', 'docs/how-to/'] },
  { text: 'MySQL', pages: ['docs/mysql.md', 'docs/migrate.md', 'docs/source-options.md', 'docs/types.md'] },
  {
    text: 'Run it',
    pages: ['docs/deployment.md', 'docs/operations.md', 'docs/console.md', 'docs/metrics.md', 'docs/costs.md'],
  },
  {
    text: 'Reference',
    pages: [
      'docs/commands.md',
      'docs/options.md',
      'docs/failures.md',
      'docs/commands.md',
      'docs/producer.md',
      'docs/envelopes.md',
      'docs/change-events.md',
      'docs/routes.md',
    ],
  },
  { text: 'API', pages: ['site/api/generated/starrocks-sink/', 'docs/producer.md', 'docs/testing.md'] },
  { text: 'Examples', pages: ['examples/README.md', 'examples/'] },
  { text: 'How it works', pages: ['docs/architecture.md', 'docs/delivery.md', 'docs/performance.md', 'docs/'] },
];

/** @out  groups of the menu; each page in the first group that names it, or its folder */
export function menu(sources: readonly string[]) {
  const left = new Set(sources);
  return groups.map(({ text, pages }) => {
    const found = pages.flatMap((wanted) => [...left].filter((page) => page === wanted || isIn(wanted, page)));
    const items = [...new Set(found)].map((page) => ({ text: titleOf(page), link: `/${placeOf(page)}` }));
    for (const page of found) left.delete(page);
    return { text, items, collapsed: text === 'Examples' || text === 'How it works' };
  });
}

/** The last group's `docs/` must not take what a later name of an earlier group has: groups are asked in order. */
const isIn = (folder: string, page: string): boolean => folder.endsWith('/') && page.startsWith(folder);
