import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const bin = join(root, 'node_modules/.bin');
/** Node runs the package manager that it came with: the one beside it. */
const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
let project: string;
/** Optional parts, which are not installed at first. */
let heavy: readonly string[];

/** An empty project with the tarball in it; what the package depends on is linked, where npm would fetch it. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'starrocks-sink-package-'));
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: root, env });
  const tarball = join(project, stdout.trim().split('\n').at(-1) ?? '');
  const installed = join(project, 'node_modules/starrocks-sink');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  );
  heavy = Object.keys(peerDependencies).filter((name) => !['aws-cdk-lib', 'constructs'].includes(name));
  const needed = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !heavy.includes(name));
  for (const name of needed) await install(name);
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
}, 120_000);

async function install(name: string): Promise<void> {
  const link = join(project, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  if (!existsSync(link)) await symlink(join(root, 'node_modules', name), link);
}

async function installHeavyParts(): Promise<void> {
  for (const name of heavy) await install(name);
}

afterAll(() => rm(project, { recursive: true, force: true }));

/** The Node that runs this, and the one of the machine, where there is another. */
async function nodesHere(): Promise<readonly { readonly path: string; readonly hasZstd: boolean }[]> {
  const places = (process.env['PATH'] ?? '')
    .split(':')
    .filter((place) => place !== '' && !place.includes('node_modules'));
  const others = places.map((place) => join(place, 'node')).filter(existsSync);
  const found = await Promise.all(
    [process.execPath, ...new Set(others)].map(async (path) => {
      const script = 'console.log(process.versions.node, typeof require("node:zlib").zstdCompress)';
      const { stdout } = await run(path, ['-e', script]);
      return { path, major: Number.parseInt(stdout, 10), hasZstd: stdout.includes('function') };
    }),
  );
  return found.filter(({ major }) => major >= 20);
}

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
`;
  const sources = {
    mjs: `import { createProducer } from 'starrocks-sink/producer';${producing}`,
    cjs: `const { createProducer } = require('starrocks-sink/producer');${producing}`,
  };

  it.each(['mjs', 'cjs'] as const)('gives a producer to .%s files, on every Node that is here', async (kind) => {
    await writeFile(join(project, `produce.${kind}`), sources[kind]);
    for (const node of await nodesHere()) {
      const { stdout } = await run(node.path, [`produce.${kind}`], { cwd: project, env });
      expect(stdout).toContain('"rows":0');
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

  it('gives a whole sink to tests, when its heavy parts are installed', { timeout: 60_000 }, async () => {
    await installHeavyParts();
    await writeFile(
      join(project, 'sink.test.ts'),
      `
import assert from 'node:assert/strict';
import test from 'node:test';
import { startTestSink } from 'starrocks-sink/testing';

test('orders reach their table', async () => {
  const sink = await startTestSink({ tables: ['CREATE TABLE orders (id BIGINT NOT NULL, v INT) PRIMARY KEY (id)'] });
  try {
    await sink.send('orders', [{ id: 1, v: 1 }, { id: 2, v: 2 }]);
    await sink.settled();
    await sink.send('orders', [{ id: 2 }], { op: 'delete' });
    await sink.settled();
    assert.deepEqual(await sink.query('SELECT id, v FROM orders'), [{ id: 1, v: 1 }]);
    assert.deepEqual(await sink.deadLetters(), []);
  } finally {
    await sink.close();
  }
});
`,
    );
    const { stdout } = await run(process.execPath, ['--test', 'sink.test.ts'], { cwd: project, env });
    expect(stdout).toMatch(/pass 1\b/);
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules/@types')];
    const typed = "const producer = createProducer({ queueUrl: 'https://q' });\nproducer.send('t', [{ id: 1 }]);\n";
    await writeFile(
      join(project, 'produce.mts'),
      `import { createProducer } from 'starrocks-sink/producer';\n${typed}`,
    );
    await writeFile(
      join(project, 'produce.cts'),
      `import { createProducer } from 'starrocks-sink/producer';\n${typed}`,
    );
    const files = ['sink.test.ts', 'produce.mts', 'produce.cts'];
    await run(join(bin, 'tsc'), [...flags, ...roots, ...files], { cwd: project, env });
  });

  it('makes a stack of each example, compiles them, and brings their rows into their tables', {
    timeout: 180_000,
  }, async () => {
    await installHeavyParts();
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

  it('holds neither tests nor sources', async () => {
    const files = await readdir(join(project, 'node_modules/starrocks-sink'), { recursive: true });
    expect(files.filter((file) => /(^|\/)(test|infra|src)\/.*(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(files).toContain('dist/lib/infra/starrocks-sink.js');
  });
});
