import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const bin = join(root, 'node_modules/.bin');
/** Node runs the package manager that it came with: the one beside it. */
const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
let project: string;

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
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = join(project, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, 'node_modules', name), link);
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

const app = `
import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
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
const queue: Queue = sink.rowsQueue;
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

  it('holds neither tests nor sources', async () => {
    const files = await readdir(join(project, 'node_modules/starrocks-sink'), { recursive: true });
    expect(files.filter((file) => /(^|\/)(test|infra|src)\/.*(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(files).toContain('dist/lib/infra/starrocks-sink.js');
  });
});
