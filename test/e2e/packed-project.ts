import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const root = new URL('../../', import.meta.url).pathname;
export const bin = join(root, 'node_modules/.bin');
/** Node runs the package manager that it came with: the one beside it. */
export const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };

/** An empty project with the packed package in it; what that depends on is linked, where npm would fetch it. */
export interface PackedProject {
  readonly folder: string;
  /** Puts a package into it, as it is in this project. */
  install(name: string): Promise<void>;
  /** Puts the optional parts into it, which are not there at first. */
  installHeavyParts(): Promise<void>;
  remove(): Promise<void>;
}

export async function packProject(): Promise<PackedProject> {
  const folder = await mkdtemp(join(tmpdir(), 'starrocks-sink-package-'));
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, env });
  const tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '');
  const installed = join(folder, 'node_modules/starrocks-sink');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  );
  const heavy = Object.keys(peerDependencies).filter((name) => !['aws-cdk-lib', 'constructs'].includes(name));
  const install = async (name: string): Promise<void> => {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    if (!existsSync(link)) await symlink(join(root, 'node_modules', name), link);
  };
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !heavy.includes(name)))
    await install(name);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return {
    folder,
    install,
    async installHeavyParts() {
      for (const name of heavy) await install(name);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The Node that runs this, and the one of the machine, where there is another. */
export async function nodesHere(): Promise<readonly { readonly path: string; readonly hasZstd: boolean }[]> {
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
