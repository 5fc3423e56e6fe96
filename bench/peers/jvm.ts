/** Peers that run on a Java virtual machine: their libraries by Maven, their programs compiled here. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Spent } from '../measure.ts';

/** What a peer took for one order, and the largest resident set that its process ever had. */
export interface PeerSpent extends Spent {
  readonly peakBytes: number;
}

export interface Peer extends AsyncDisposable {
  /** Lets the peer do what one line asks for. @throws Error: it has ended */
  run(line: string): Promise<PeerSpent>;
}

export interface Program {
  /** The folder below this one, which is a module of pom.xml. */
  readonly module: string;
  /** Of the class, and of its file in the folder. */
  readonly name: string;
  /** Of the virtual machine. */
  readonly options?: readonly string[];
}

export interface Compiled extends AsyncDisposable {
  start(args: readonly string[]): Peer;
}

const here = (path: string) => new URL(path, import.meta.url).pathname;
const run = promisify(execFile);

/** @throws Error: Maven or a JDK is not there, a library cannot be had, or the program does not compile */
export async function compile({ module, name, options = [] }: Program): Promise<Compiled> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'bench-peer-'));
  const listed = join(folder.path, 'class-path');
  await tool('mvn', [
    ...['--quiet', '--batch-mode', '--file', here('pom.xml'), '--projects', module],
    ...['dependency:build-classpath', `-Dmdep.outputFile=${listed}`],
  ]);
  const classPath = [folder.path, ...(await readFile(listed, 'utf8')).split(delimiter)].join(delimiter);
  const sources = [here('Spent.java'), here(`${module}/${name}.java`)];
  await tool('javac', ['-nowarn', '-classpath', classPath, '-d', folder.path, ...sources]);
  return {
    start: (args) => startPeer([...options, '-classpath', classPath, name, ...args]),
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

/** Tells what a tool printed. @throws Error: it is not there, or it failed */
export async function tool(name: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(name, args, { maxBuffer: 16 * 1024 ** 2 });
    return stdout + stderr;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(`${name} is not there. Peers in the bench need a JDK (17 or later) and Maven on the path.`);
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${name} ${args.join(' ')} failed: ${`${stdout}${stderr}`.trim().slice(0, 2000)}`);
  }
}

function startPeer(args: readonly string[]): Peer {
  const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  // A peer may print what it likes: only what it was asked for counts.
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async run(line) {
      child.stdin.write(`${line}\n`);
      for (;;) {
        const { value, done } = await answers.next();
        if (done) throw new Error(`java ${args.at(-1)} ended (${child.exitCode ?? child.signalCode}).`);
        if (String(value).startsWith('{"cpuMs"')) return JSON.parse(value) as PeerSpent;
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
