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
const lookTimes = { timeout: 30_000, interval: 300 };

/** Ports that pages name, and that may be taken where the test runs. */
const pagePorts = ['9030', '8030', '4566'];

type Ports = ReadonlyMap<string, string>;

/** Stacks that pages share: one for each command that starts one. */
export class Stacks {
  readonly #ports = new Map<string, Promise<Ports>>();
  readonly #running = new Map<string, Promise<Shell>>();
  readonly #folder: string;

  /** @in  folder: where they run */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @out  which ports it has, or will have, in the place of those of its page */
  portsOf(command: string): Promise<Ports> {
    return kept(this.#ports, command, async () => {
      const pairs = pagePorts.map(async (port) => [port, String(await freePort())] as const);
      return new Map(await Promise.all(pairs));
    });
  }

  /** Resolves when it has said what the page says that it says. */
  async start({ command, expected }: Command): Promise<void> {
    await kept(this.#running, command, async () => {
      const ports = await this.portsOf(command);
      const shell = openShell(this.#folder, process.env);
      await shell.leave(withPorts(command, ports), (printed) => printsAs(withPorts(expected, ports), printed));
      return shell;
    });
  }

  async close(): Promise<void> {
    const running = await Promise.allSettled(this.#running.values());
    await Promise.all(running.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
  }
}

function kept<T>(all: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = all.get(key) ?? make();
  all.set(key, made);
  return made;
}

const withPorts = (text: string, ports: Ports): string => text.replace(/\b\d{4}\b/g, (port) => ports.get(port) ?? port);

/**
 * Does in an empty folder what a page says.
 *
 * @in      given: ports of servers that the reader has, by those that the page names
 * @throws  Error: a command printed something else than the page shows, or failed
 */
export async function runPage(steps: readonly Step[], stacks: Stacks, given: Ports = new Map()) {
  const folder = await mkdtemp(join(tmpdir(), 'tutorial-'));
  const terminals: Shell[] = [];
  const open = () => {
    const shell = openShell(folder, process.env);
    terminals.push(shell);
    return shell;
  };
  const stack = steps.find((step) => isStack(step));
  // A config file is the page's own.
  const own = new Stacks(folder);
  const where = stack?.command.includes('--config') ? own : stacks;
  try {
    await installPackage(folder);
    const ports = new Map([...given, ...(stack ? await where.portsOf(stack.command) : [])]);
    const shell = open();
    for (const step of steps) {
      if (step.kind === 'file') await writeFile(join(folder, step.name), withPorts(step.text, ports));
      else if (step === stack) await where.start(step);
      else if (step.stays) await leave(open(), step, ports);
      else await runCommand(shell, step, ports);
    }
  } finally {
    await Promise.all([own.close(), ...terminals.map((shell) => shell.close())]);
    await rm(folder, { recursive: true, force: true });
  }
}

const isStack = (step: Step): step is Command =>
  step.kind === 'command' && step.stays && step.command.startsWith('npx starrocks-sink dev');

const leave = (shell: Shell, { command, expected }: Command, ports: Ports) =>
  shell.leave(withPorts(command, ports), (printed) => printsAs(withPorts(expected, ports), printed));

async function runCommand(shell: Shell, step: Command, ports: Ports): Promise<void> {
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
