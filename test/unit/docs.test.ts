import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderFailuresPage } from '../../scripts/docs/failures-page.ts';
import { formatJson } from '../../scripts/docs/json.ts';
import { anchorOf, table } from '../../scripts/docs/markdown.ts';
import { renderOptionsPage } from '../../scripts/docs/options-page.ts';
import { pages, stalePages, writePages } from '../../scripts/docs/pages.ts';
import { failures } from '../../src/kit/errors.ts';
import { ignoredFlinkOptions } from '../../src/options/ignored-flink-options.ts';
import { variableOf } from '../../src/options/sources.ts';
import type { OptionSpec } from '../../src/options/spec.ts';
import { optionTable } from '../../src/options/table.ts';

describe('stalePages', () => {
  let folder: string;
  let root: URL;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docs-'));
    root = pathToFileURL(`${folder}/`);
    await mkdir(new URL('docs/', root));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('names pages that are absent, then none, then the one that was edited by hand', async () => {
    const paths = pages.map(({ path }) => path);
    expect(await stalePages(root)).toEqual(paths);
    await writePages(root);
    expect(await stalePages(root)).toEqual([]);
    await writeFile(new URL('docs/options.md', root), '# Options\n');
    expect(await stalePages(root)).toEqual(['docs/options.md']);
  });

  it('names a page whose source has changed', async () => {
    const page = (text: string) => [{ path: 'docs/page.md', render: () => text }];
    await writePages(root, page('before'));
    expect(await stalePages(root, page('before'))).toEqual([]);
    expect(await stalePages(root, page('after'))).toEqual(['docs/page.md']);
  });
});

describe('the options page', () => {
  const text = renderOptionsPage(optionTable);
  const specs: readonly (readonly [string, OptionSpec])[] = Object.entries(optionTable);

  it.each(specs)('tells all of %s', (name, spec) => {
    const start = text.indexOf(`### ${name}\n`);
    const section = text.slice(start, text.indexOf('\n##', start + 1));
    expect(start).toBeGreaterThan(0);
    expect(section).toContain(spec.doc);
    expect(section).toContain(`\`${variableOf(name)}\``);
    if (spec.kind === 'integer') {
      for (const number of [spec.min, spec.max]) expect(section).toContain(number.toLocaleString('en-US'));
      expect(section).toContain(spec.unit);
    }
    if (spec.kind === 'choice') for (const choice of spec.choices) expect(section).toContain(`\`${choice}\``);
    expect(text).toContain(`[\`${name}\`](#${anchorOf(name)})`);
  });

  it('says numbers with their unit, and bytes as people say them', () => {
    expect(text).toContain('Default: 94,371,840 (90 MiB); takes: 67,108,864 (64 MiB) to 10,737,418,240 (10 GiB) bytes');
    expect(text).toMatch(/\| required \| .*host:port/);
  });

  it('names the options of Flink that are ignored, with the reason', () => {
    for (const [name, why] of Object.entries(ignoredFlinkOptions)) expect(text).toContain(`| \`${name}\` | ${why} |`);
  });

  it('tells which headers are checked and which are refused', () => {
    expect(text).toContain('| `format` | csv or json |');
    expect(text).toMatch(/refuses them: .*`label`.*`authorization`/);
  });
});

describe('the failures page', () => {
  it.each(Object.entries(failures))('tells what %s is and what to do', (code, { says, remedy }) => {
    const text = renderFailuresPage(failures);
    expect(text).toContain(`### ${code}\n\n${says}`);
    expect(text).toContain(remedy);
    expect(text).toContain(`(#${anchorOf(code)})`);
  });
});

describe('Markdown', () => {
  it('keeps a cell in its place', () => {
    expect(table(['a'], [['x|y\n  z']])).toBe('| a |\n| --- |\n| x\\|y z |');
  });

  it.each([
    ['sink.max-retries', 'sinkmax-retries'],
    ['sink.publish-timeout.ms', 'sinkpublish-timeoutms'],
    ['MESSAGE_NOT_TEXT', 'message_not_text'],
    ['Options of Flink', 'options-of-flink'],
  ])('links to the heading %j as GitHub does', (heading, anchor) => {
    expect(anchorOf(heading)).toBe(anchor);
  });
});

describe('formatJson', () => {
  it('puts short lists on a line and breaks long ones', () => {
    const value = { a: [1, 'x'], b: [], c: {}, d: [{ e: null }], f: Array(40).fill('long') };
    const text = formatJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toContain('  "a": [1, "x"],\n  "b": [],\n  "c": {},\n  "d": [\n    {\n      "e": null\n    }\n  ],\n');
    expect(text.split('\n').every((line) => line.length <= 120)).toBe(true);
  });
});
