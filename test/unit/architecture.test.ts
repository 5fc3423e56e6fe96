import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importsOf, violations } from '../architecture.ts';

const root = new URL('../../', import.meta.url);
const roots = ['src', 'functions', 'cli', 'local', 'infra'];

function projectTree(): Map<string, string> {
  const paths = globSync(
    roots.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  );
  return new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(new URL(path, root), 'utf8')]));
}

const broken = (files: Readonly<Record<string, string>>) => violations(new Map(Object.entries(files)));

describe('this project', () => {
  const tree = projectTree();

  it('keeps its floors, has no cycle, no barrel, no file too long and no empty name', () => {
    expect(violations(tree)).toEqual([]);
  });

  it('imports only files that exist, as this test reads its imports', () => {
    const imports = [...tree].flatMap(([path, text]) => importsOf(path, text));
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });
});

describe('importsOf', () => {
  it('sees every kind of import', () => {
    const text = `
import './a.ts';
import type { B } from "../b.ts";
import c, {
  type C,
  d,
} from './c.ts';
export * from './e.ts';
export type { F } from './f.ts';
import { readFile } from 'node:fs/promises';
const g = async () => (await import('./g.ts')).g;
const text = "import x from './string.ts'";
export const late = 'no import from anywhere';
// import { h } from './comment.ts';
/*
import { i } from './block.ts';
*/
`;
    expect(importsOf('src/x/y.ts', text)).toEqual([
      'src/x/a.ts',
      'src/b.ts',
      'src/x/c.ts',
      'src/x/e.ts',
      'src/x/f.ts',
      'src/x/g.ts',
    ]);
  });
});

describe('the rules', () => {
  it.each<[string, string, string]>([
    ['src/kit/once.ts', 'src/options/table.ts', '(floor 0) imports'],
    ['src/options/table.ts', 'src/rows/batch.ts', '(floor 1) imports'],
    ['src/ports.ts', 'src/rows/batch.ts', '(floor 1) imports'],
    ['src/rows/batch.ts', 'src/starrocks/send.ts', '(floor 2) imports'],
    ['src/mysql/types.ts', 'src/aws/credentials.ts', '(floor 3) imports'],
    ['src/messages/route.ts', 'src/ledger/ledger.ts', '(floor 3) imports'],
    ['src/aws/visibility.ts', 'src/pipeline/back-pressure.ts', '(floor 4) imports'],
    ['src/delivery/stage.ts', 'src/pipeline/ingest.ts', '(floor 5) imports'],
    ['src/pipeline/ingest.ts', 'functions/ingest/handler.ts', '(floor 6) imports'],
    ['src/pipeline/ingest.ts', 'local/serve.ts', 'what is deployed needs no tools'],
    ['functions/ingest/handler.ts', 'cli/main.ts', 'what is deployed needs no tools'],
    ['src/rows/batch.ts', 'test/builders.ts', 'what is deployed needs no tools'],
    ['infra/stack.ts', 'src/rows/batch.ts', 'only the option table'],
    ['infra/stack.ts', 'src/ports.ts', 'only the option table'],
    ['src/attic/x.ts', 'src/kit/once.ts', 'has no floor'],
    ['src/rows/x.ts', 'src/attic/x.ts', 'has no floor'],
  ])('refuse that %s imports %s', (from, to, why) => {
    const up = '../'.repeat(from.split('/').length - 1);
    for (const line of [
      `import { x } from '${up}${to}';`,
      `import type { X } from '${up}${to}';`,
      `export const x = () => import('${up}${to}');`,
    ]) {
      expect(broken({ [from]: `${line}\nexport const y = 1;` })).toEqual([expect.stringContaining(why)]);
    }
  });

  it.each([
    ['src/options/table.ts', 'src/kit/once.ts'],
    ['src/rows/batch.ts', 'src/ports.ts'],
    ['src/lambda/wiring.ts', 'src/starrocks/send.ts'],
    ['functions/ingest/handler.ts', 'src/lambda/wiring.ts'],
    ['cli/main.ts', 'local/serve.ts'],
    ['infra/stack.ts', 'src/options/table.ts'],
    ['infra/stack.ts', 'infra/sink.ts'],
  ])('allow that %s imports %s', (from, to) => {
    const up = '../'.repeat(from.split('/').length - 1);
    expect(broken({ [from]: `import { x } from '${up}${to}';\nexport const y = x;` })).toEqual([]);
  });

  it('refuse a cycle, also one of types', () => {
    expect(
      broken({
        'src/rows/a.ts': `import type { B } from './b.ts';\nexport type A = B;`,
        'src/rows/b.ts': `import { c } from './c.ts';\nexport type B = typeof c;`,
        'src/rows/c.ts': `import type { A } from './a.ts';\nexport const c: A | 1 = 1;`,
      }),
    ).toEqual(['cycle: src/rows/a.ts → src/rows/b.ts → src/rows/c.ts → src/rows/a.ts']);
    expect(broken({ 'src/rows/a.ts': `import { a } from './a.ts';\nexport const b = a;` })).toHaveLength(1);
  });

  it('allow two ways to one file', () => {
    const from = (...names: string[]) => `${names.map((name) => `import '${name}';`).join('\n')}\nexport const x = 1;`;
    expect(
      broken({
        'src/rows/a.ts': from('./b.ts', './c.ts'),
        'src/rows/b.ts': from('./d.ts'),
        'src/rows/c.ts': from('./d.ts'),
        'src/rows/d.ts': from(),
      }),
    ).toEqual([]);
  });

  it.each([
    ['src/rows/index.ts', 'export const x = 1;'],
    ['src/rows/all.ts', "export * from './a.ts';\nexport type { B } from './b.ts';\n"],
    ['src/rows/all.ts', "/** All. */\nimport { a } from './a.ts';\nexport { a };\n"],
    ['src/rows/all.ts', "export {\n  a,\n} from './a.ts'"],
  ])('refuse the barrel %s: %j', (path, text) => {
    expect(broken({ [path]: text })).toHaveLength(1);
  });

  it('refuse a file of 301 lines, and take one of 300', () => {
    expect(broken({ 'src/rows/a.ts': 'x();\n'.repeat(300) })).toEqual([]);
    expect(broken({ 'src/rows/a.ts': 'x();\n'.repeat(301) })).toEqual([
      'src/rows/a.ts has 301 lines, at most 300 are allowed',
    ]);
  });

  it.each(['utils', 'helpers', 'common', 'misc', 'manager', 'service', 'base', 'impl'])(
    'refuse the name %s',
    (word) => {
      for (const path of [`src/rows/${word}.ts`, `src/rows/row-${word}.ts`, `cli/${word}/send.ts`]) {
        expect(broken({ [path]: 'export const x = 1;' })).toEqual([`${path} is named ${word}, which says nothing`]);
      }
      expect(broken({ [`src/rows/${word}x-database.ts`]: 'export const x = 1;' })).toEqual([]);
    },
  );
});
