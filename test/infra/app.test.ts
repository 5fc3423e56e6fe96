import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starrocks-sink-cdk-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The CDK CLI without credentials, Docker, or a way to any network but through a proxy that is not there. */
function cdk(...args: readonly string[]) {
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
    HOME: folder,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DOCKER: join(folder, 'no-docker'),
    AWS_EC2_METADATA_DISABLED: 'true',
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
  };
  return run(join(root, 'node_modules/.bin/cdk'), args, { cwd: root, env });
}

describe('the CDK command', () => {
  it('is of the line that can read what aws-cdk-lib writes', async () => {
    expect((await cdk('--version')).stdout).toMatch(/^2\./);
  });

  it('makes a template of the example, offline, without Docker', async () => {
    await cdk('synth', '--quiet', '--no-notices', '-c', 'config=sink.example.json', '-o', join(folder, 'out'));
    const template = JSON.parse(await readFile(join(folder, 'out/StarRocksSink.template.json'), 'utf8'));
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(3);
  }, 60_000);

  it('prints every problem of a config, and no stack trace', async () => {
    const config = join(folder, 'wrong.json');
    await writeFile(config, JSON.stringify({ 'load-url': 'fe', password: 'hunter2', 'deploy.fifi': 1 }));
    const { stderr } = await cdk('synth', '--no-notices', '-c', `config=${config}`, '-o', join(folder, 'none')).then(
      () => ({ stderr: 'no failure' }),
      (error: { stderr: string }) => error,
    );
    for (const words of [
      'deploy.fifi is not a setting',
      'load-url: expected',
      'password may not',
      'sink.secret-id is',
    ]) {
      expect(stderr).toContain(words);
    }
    expect(stderr).not.toMatch(/hunter2|^ {4}at /m);
  }, 60_000);
});
