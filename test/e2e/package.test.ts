import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin, env, nodesHere, type PackedProject, packProject, root, run } from './packed-project.ts';

/** The blocks of TypeScript of a page of docs/. */
async function shown(page: string): Promise<readonly string[]> {
  const text = await readFile(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

let packed: PackedProject;
let project: string;

beforeAll(async () => {
  packed = await packProject();
  project = packed.folder;
}, 120_000);

afterAll(() => packed?.remove());

const app = `
import { App, Stack } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { StarRocksSink } from 'starrocks-sink/cdk';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Orders');
const sink = new StarRocksSink(stack, 'Sink', {
  options: {
    'load-url': 'fe:8030',
    'sink.secret-id': 'starrocks',
    'sink.tables.allow': ['sales.*'],
    'sink.buffer-flush.interval-ms': 20_000,
    'sink.properties.format': 'json',
  },
});
const queue: IQueue = sink.rowsQueue;
console.log(stack.node.children.length, queue.fifo);
app.synth();
`;

describe('the package in a project of somebody else', () => {
  it('gives a sink with its functions, without a bundler', { timeout: 60_000 }, async () => {
    await writeFile(join(project, 'app.ts'), app);
    await run(process.execPath, ['app.ts'], { cwd: project, env });
    const template = JSON.parse(await readFile(join(project, 'cdk.out/Orders.template.json'), 'utf8'));
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(2);
    const assets = (await readdir(join(project, 'cdk.out'))).filter((name) => name.startsWith('asset.'));
    expect(assets).toHaveLength(2);
    for (const asset of assets) expect(existsSync(join(project, 'cdk.out', asset, 'handler.mjs'))).toBe(true);
  });

  it('tells the compiler its types: a wrong option name is an error', { timeout: 60_000 }, async () => {
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    const compile = (file: string) => run(join(bin, 'tsc'), [...flags, file], { cwd: project, env });
    await writeFile(join(project, 'right.ts'), app);
    await compile('right.ts');
    await writeFile(join(project, 'wrong.ts'), app.replace("'sink.tables.allow'", "'sink.table.allow'"));
    await expect(compile('wrong.ts')).rejects.toMatchObject({ stdout: expect.stringContaining('sink.table.allow') });
  });

  it('gives a command, which says what it lacks for the stack on one machine', { timeout: 60_000 }, async () => {
    const installed = join(project, 'node_modules/starrocks-sink');
    const { bin: command, version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    const main = join(installed, command['starrocks-sink']);
    expect(await readFile(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const starrocksSink = (...args: string[]) => run(process.execPath, [main, ...args], { cwd: project, env });
    expect((await starrocksSink('--version')).stdout).toBe(`${version}\n`);
    expect((await starrocksSink('help', 'send')).stdout).toContain('--queue-url');
    await expect(starrocksSink('dev', '--json')).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /^The stack on this machine needs packages .*npm install --save-dev .*fauxqs@[\d.]+/,
      ),
    });
  });

  it('gives a command that says which Node it needs, on every Node that is here', async () => {
    const main = join(project, 'node_modules/starrocks-sink/dist/cli/start.js');
    for (const node of await nodesHere()) {
      const { stdout, stderr } = await run(node.path, [main, '--version'], { cwd: project, env }).catch(
        (failed) => failed,
      );
      if (node.hasZstd) expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
      else expect(stderr).toMatch(/^starrocks-sink needs Node 22\.15 or later, and this is [^\n]*\n$/);
    }
  });

  it('serves the page of the console, without a bundler', { timeout: 60_000 }, async () => {
    const main = join(project, 'node_modules/starrocks-sink/dist/cli/main.js');
    const args = [main, 'console', '--json', '--bucket', 'b', '--endpoint', 'http://127.0.0.1:1'];
    const child = spawn(process.execPath, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { readonly url: string };
    const page = await (await fetch(url)).text();
    const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => new URL(path, url));
    expect(files).toHaveLength(2);
    const sizes = await Promise.all(files.map(async (file) => (await (await fetch(file)).text()).length));
    expect(Math.min(...sizes)).toBeGreaterThan(5000);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  const producing = `
const producer = createProducer({ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/rows' });
producer.close().then((sent) => console.log(JSON.stringify(sent)));
try {
  createProducer({ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/rows', compression: 'zstd' }).close();
} catch (error) {
  console.log(error.code);
}
const orders = defineTable({ id: bigint() }, { name: 'orders' });
const typed = createProducer({ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/rows', lingerMs: 0 });
typed.send(orders, { id: 'x' }).catch((error) => console.log(error.message));
`;
  const sources = {
    mjs: `import { createProducer } from 'starrocks-sink/producer';
import { bigint, defineTable } from 'starrocks-sink/table';${producing}`,
    cjs: `const { createProducer } = require('starrocks-sink/producer');
const { bigint, defineTable } = require('starrocks-sink/table');${producing}`,
  };

  it.each(['mjs', 'cjs'] as const)('gives a producer to .%s files, on every Node that is here', async (kind) => {
    await writeFile(join(project, `produce.${kind}`), sources[kind]);
    for (const node of await nodesHere()) {
      const { stdout } = await run(node.path, [`produce.${kind}`], { cwd: project, env });
      expect(stdout).toContain('"rows":0');
      expect(stdout).toContain("Row 1 of the call: column 'id': a text, expected a whole number.");
      expect(stdout.includes('OPTIONS_INVALID')).toBe(!node.hasZstd);
    }
  });

  it('is bundled with what a function of somebody else does', async () => {
    const { build } = await import('esbuild');
    await writeFile(join(project, 'lambda.mjs'), sources.mjs);
    const outfile = join(project, 'bundle.cjs');
    await build({ entryPoints: [join(project, 'lambda.mjs')], outfile, bundle: true, platform: 'node', format: 'cjs' });
    const { stdout } = await run(process.execPath, [outfile], { cwd: tmpdir(), env });
    expect(stdout).toContain('"rows":0');
  });

  it('gives a whole sink to tests, with node:test and with vitest, as docs/testing.md shows', {
    timeout: 60_000,
  }, async () => {
    await packed.installHeavyParts();
    const [ofNode = '', ofVitest = ''] = await shown('testing.md');
    await writeFile(join(project, 'node.test.ts'), ofNode);
    const { stdout } = await run(process.execPath, ['--test', 'node.test.ts'], { cwd: project, env });
    expect(stdout).toMatch(/pass 1\b/);
    await mkdir(join(project, 'vitest'), { recursive: true });
    await writeFile(join(project, 'vitest/vitest.test.ts'), ofVitest);
    await packed.install('vitest');
    const byVitest = await run(join(bin, 'vitest'), ['run', 'vitest'], { cwd: project, env });
    expect(byVitest.stdout).toMatch(/1 passed/);
  });

  it.each([
    ['nodenext', '.mts'],
    ['nodenext', '.cts'],
    ['esnext', '.mts'],
  ])('has types that pass with skipLibCheck: false (module %s, %s)', { timeout: 60_000 }, async (module, kind) => {
    await packed.installHeavyParts();
    const pages = await Promise.all(['producer.md', 'testing.md'].map(shown));
    const blocks = pages.flat().filter((block) => !block.includes("'vitest'"));
    // A CommonJS module has no await of its own.
    const wrap = (text: string) => {
      const lines = text.split('\n');
      const isImport = (line: string) => line.startsWith('import ');
      return [
        ...lines.filter(isImport),
        'export async function shown() {',
        ...lines.filter((line) => !isImport(line)),
        '}',
      ];
    };
    const files = blocks.map((_, at) => `shown-${module}-${at}${kind}`);
    for (const [at, file] of files.entries()) await writeFile(join(project, file), wrap(blocks[at] ?? '').join('\n'));
    const flags = ['--noEmit', '--strict', '--target', 'es2024', '--types', 'node', '--module', module];
    const more = module === 'esnext' ? ['--moduleResolution', 'bundler'] : [];
    const roots = ['--typeRoots', join(root, 'node_modules/@types')];
    await run(join(bin, 'tsc'), [...flags, ...more, ...roots, ...files], { cwd: project, env });
    expect(files).toHaveLength(3);
  });

  it('makes a stack of each example, compiles them, and brings their rows into their tables', {
    timeout: 180_000,
  }, async () => {
    await packed.installHeavyParts();
    await cp(join(root, 'examples'), join(project, 'examples'), { recursive: true });
    const names = (await readdir(join(project, 'examples'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    // An app writes its template when the process ends, into the folder that the CDK command names.
    const synthAll = names
      .map((name) => `process.env.CDK_OUTDIR = 'synthesized/${name}';\nawait import('./examples/${name}/app.ts');`)
      .join('\n');
    await writeFile(join(project, 'synth-all.mjs'), synthAll);
    await run(process.execPath, ['synth-all.mjs'], { cwd: project, env });
    for (const name of names) {
      const files = await readdir(join(project, 'synthesized', name));
      const template = files.find((file) => file.endsWith('.template.json')) ?? '';
      const { Resources } = JSON.parse(await readFile(join(project, 'synthesized', name, template), 'utf8'));
      const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
      expect([name, types.filter((type) => type === 'AWS::Lambda::Function').length > 1]).toEqual([name, true]);
    }
    const sources = names.flatMap((name) => [`examples/${name}/app.ts`, `examples/${name}/sink.test.ts`]);
    const there = sources.filter((source) => existsSync(join(project, source)));
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    const types = [
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
      '--rewriteRelativeImportExtensions',
    ];
    await run(join(bin, 'tsc'), [...flags, ...types, ...there], { cwd: project, env });
    const tests = there.filter((source) => source.endsWith('.test.ts'));
    const runTests = run(process.execPath, ['--test', '--test-concurrency=2', ...tests], { cwd: project, env });
    const { stdout } = await runTests.catch((failed: { stdout: string }) => failed);
    expect(stdout).toMatch(new RegExp(`pass ${tests.length}\\b`));
    expect(tests).toHaveLength(names.length - 1);
  });

  describe('says whose code it holds', () => {
    const installed = () => join(project, 'node_modules/starrocks-sink');
    const read = async () => ({
      bill: JSON.parse(await readFile(join(installed(), 'dist/sbom.cdx.json'), 'utf8')),
      notices: await readFile(join(installed(), 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8'),
    });
    interface Component {
      readonly name: string;
      readonly version: string;
      readonly licenses: readonly object[];
      readonly properties: readonly { readonly name: string; readonly value: string }[];
    }

    it('in a bill of materials and in notices: every package that a function was bundled from', async () => {
      const { bill, notices } = await read();
      const maps = (await readdir(join(installed(), 'dist/functions'), { recursive: true })).filter((name) =>
        name.endsWith('.map'),
      );
      const bundled = new Map<string, Set<string>>();
      for (const map of maps) {
        const { sources } = JSON.parse(await readFile(join(installed(), 'dist/functions', map), 'utf8'));
        for (const source of sources as readonly string[]) {
          const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
          if (name) bundled.set(name, (bundled.get(name) ?? new Set()).add(`functions/${dirname(map).split('/')[0]}`));
        }
      }
      expect(bundled.size).toBeGreaterThan(20);
      const components = bill.components as readonly Component[];
      for (const [name, places] of bundled) {
        const [component] = components.filter((each) => each.name === name);
        const into = component?.properties.map(({ value }) => value);
        expect([name, into]).toEqual([name, expect.arrayContaining([...places])]);
        expect(notices).toContain(`\n${name} ${component?.version} (`);
      }
    });

    it('also what the command and its page hold, and what npm installs beside it, each with a licence', async () => {
      const { bill, notices } = await read();
      const components = bill.components as readonly Component[];
      const into = (name: string) =>
        components
          .filter((each) => each.name === name)
          .flatMap(({ properties }) => properties.map(({ value }) => value));
      expect(into('commander')).toContain('cli');
      expect(into('uplot')).toContain('console');
      expect(into('valibot')).toContain('functions/ingest');
      expect(into('@aws-sdk/client-s3').length).toBeGreaterThan(0);
      expect(components.filter(({ licenses }) => licenses.length === 0)).toEqual([]);
      expect(notices).toMatch(/Permission is hereby granted, free of charge/);
      expect(notices).toMatch(/Apache License/);
    });
  });

  it('holds neither tests nor sources', async () => {
    const files = await readdir(join(project, 'node_modules/starrocks-sink'), { recursive: true });
    expect(files.filter((file) => /(^|\/)(test|infra|src)\/.*(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(files).toContain('dist/lib/infra/starrocks-sink.js');
  });
});
