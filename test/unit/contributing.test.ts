import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
/** What is made is not there in a new clone. */
const made = ['dist/', 'node_modules/'];
const pages = ['CONTRIBUTING.md', 'AGENTS.md', 'SECURITY.md'];

describe.each(pages)('%s', (page) => {
  const text = readFileSync(new URL(page, root), 'utf8');
  const inTicks = [...text.matchAll(/`([^`\n]+)`/g)].map(([, found = '']) => found);

  it('names only files and folders that are there', () => {
    const folders = globSync('*/', { cwd: root, exclude: made }).map((folder) => folder.replace(/\/$/, ''));
    const paths = inTicks.filter((found) => /^[\w./-]+$/.test(found) && folders.includes(found.split('/')[0] ?? ''));
    expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  it('names only commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    const commands = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  });
});

it('the house of CONTRIBUTING.md has every room of src', () => {
  const text = readFileSync(new URL('CONTRIBUTING.md', root), 'utf8');
  const rooms = globSync('src/*/', { cwd: root }).map((room) => room.replaceAll('\\', '/').replace(/\/$/, ''));
  expect(rooms.length).toBeGreaterThan(8);
  expect(rooms.filter((room) => !text.includes(`\`${room}\``))).toEqual([]);
});
