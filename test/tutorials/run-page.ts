import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { vi } from 'vitest';
import { freePort } from '../../local/mysql/database-server.ts';
import { type Command, printsAs, type Step } from './page.ts';
import { openShell, type Shell } from './shell.ts';

const root = join(import.meta.dirname, '../..');

/** What rows have done a moment later is looked at again, as a reader does. */
const looks = /^(mysql|npx starrocks-sink (status|rejected (list|show)))\b/;
const lookTimes = { timeout: 30_000, interval: 100 };

/** Ports that pages name, and that may be taken where the test runs. */
const pagePorts = ['9030', '8030', '4566'];

/** Stacks that pages share: one for each command that starts one. */
export class Stacks {
  readonly #running = new Map<
    string,
    Promise<{ readonly shell: Shell; readonly ports: ReadonlyMap<string, string> }>
  >();
  readonly #folder: string;

  /** @in  folder: where they run */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @out  which ports it has in the place of those of its page */
  async start({ command, expected }: Command): Promise<ReadonlyMap<string, string>> {
    let running = this.#running.get(command);
    if (running === undefined) {
      running = this.#start(command, expected);
      this.#running.set(command, running);
    }
    return (await running).ports;
  }

  async #start(command: string, expected: string) {
    const ports = new Map(await Promise.all(pagePorts.map(async (port) => [port, String(await freePort())] as const)));
    const shell = openShell(this.#folder, process.env);
    const wanted = withPorts(expected, ports);
    await shell.leave(withPorts(command, ports), (printed) => printsAs(wanted, printed));
    return { shell, ports };
  }

  async close(): Promise<void> {
    const running = await Promise.allSettled(this.#running.values());
    await Promise.all(running.map((each) => (each.status === 'fulfilled' ? each.value.shell.close() : undefined)));
  }
}

const withPorts = (text: string, ports: ReadonlyMap<string, string>): string =>
  text.replace(/\b\d{4}\b/g, (port) => ports.get(port) ?? port);

/**
 * Does in an empty folder what a page says.
 *
 * @in      given: ports of servers that the reader has, by those that the page names
 * @throws  Error: a command printed something else than the page shows, or failed
 */
export async function runPage(steps: readonly Step[], stacks: Stacks, given: ReadonlyMap<string, string> = new Map()) {
  const folder = await mkdtemp(join(tmpdir(), 'tutorial-'));
  const terminals: Shell[] = [];
  const open = () => {
    const shell = openShell(folder, process.env);
    terminals.push(shell);
    return shell;
  };
  try {
    await installPackage(folder);
    const shell = open();
    let ports = given;
    for (const step of steps) {
      if (step.kind === 'file') await writeFile(join(folder, step.name), withPorts(step.text, ports));
      else if (isStack(step) && !step.command.includes('--config'))
        ports = new Map([...given, ...(await stacks.start(step))]);
      else if (step.stays) await leave(open(), step, ports);
      else await runCommand(shell, step, ports);
    }
  } finally {
    await Promise.all(terminals.map((shell) => shell.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

const isStack = ({ stays, command }: Command): boolean => stays && command.startsWith('npx starrocks-sink dev');

const leave = (shell: Shell, { command, expected }: Command, ports: ReadonlyMap<string, string>) =>
  shell.leave(withPorts(command, ports), (printed) => printsAs(withPorts(expected, ports), printed));

async function runCommand(shell: Shell, step: Command, ports: ReadonlyMap<string, string>): Promise<void> {
  const [command, expected] = [withPorts(step.command, ports), withPorts(step.expected, ports)];
  const once = async () => {
    const { printed, exitCode } = await shell.run(command);
    if (exitCode === 0 && printsAs(expected, printed)) return;
    throw new Error(`$ ${command}\nprinted (exit code ${exitCode}):\n${printed}\nthe page says:\n${expected}`);
  };
  await (looks.test(command) ? vi.waitFor(once, lookTimes) : once());
}

/** What `npm install starrocks-sink` brings, from this clone. */
async function installPackage(folder: string): Promise<void> {
  const entries = { producer: 'src/producer/producer.ts', cdk: 'infra/starrocks-sink.ts', testing: 'local/testing.ts' };
  const place = join(folder, 'node_modules/starrocks-sink');
  await mkdir(place, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const exported = Object.fromEntries(Object.keys(entries).map((name) => [`./${name}`, `./${name}.js`]));
  await writeFile(join(place, 'package.json'), JSON.stringify({ type: 'module', exports: exported }));
  for (const [name, path] of Object.entries(entries)) {
    const source = pathToFileURL(join(root, path)).href;
    await writeFile(join(place, `${name}.js`), `export * from '${source}';\n`);
  }
  for (const name of ['@aws-sdk', 'aws-cdk-lib', 'constructs'])
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
}
