import { createRandom } from '../simulation/random.ts';
import { everything } from './corpus.ts';
import { mutate } from './mutate.ts';
import { targets } from './targets.ts';

/** What an input did that none may do. */
export interface Finding {
  readonly target: string;
  readonly what: string;
  readonly input: string;
}

interface Limits {
  /** CPU of one input, of this thread. */
  readonly mostCpuMs: number;
}

/**
 * Runs one input, which seed and number tell, through the target whose turn it is.
 *
 * @out  undefined: it was read, or refused, in time, and left everything else what it was
 */
export async function fuzzOnce(seed: number, number: number, { mostCpuMs }: Limits): Promise<Finding | undefined> {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) + number);
  const target = targets[number % targets.length];
  if (target === undefined) throw new Error('There are no targets.');
  const input = mutate(random, target.corpus, everything);
  const before = process.threadCpuUsage();
  const what = await problemOf(() => target.run(input, random));
  const { user, system } = process.threadCpuUsage(before);
  const cpuMs = (user + system) / 1000;
  const found = what ?? pollution() ?? (cpuMs > mostCpuMs ? `it took ${Math.round(cpuMs)} ms of CPU` : undefined);
  return found === undefined ? undefined : { target: target.name, what: found, input };
}

async function problemOf(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

const shared = [Object.prototype, Array.prototype, String.prototype, Function.prototype, Object];
const sizes = shared.map((each) => Reflect.ownKeys(each).length);

function pollution(): string | undefined {
  const isPolluted = shared.some((each, index) => Reflect.ownKeys(each).length !== sizes[index]);
  return isPolluted || 'polluted' in {} ? 'a prototype was changed' : undefined;
}
