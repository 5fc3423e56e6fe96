import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * How many functions and blocks of `src` run for work of each size, as V8 counts them: the same on every machine, where a time is
 * not. What JavaScript does inside one of its own functions (`includes`, `sort`) counts as nothing.
 *
 * @in  file: a module that exports `work(size)`
 */
export async function countSteps(file: URL, sizes: readonly number[]): Promise<readonly number[]> {
  // V8 only counts in code that it reads while it counts: a thread has read none of it before.
  const thread = new Worker(new URL('./count-steps-thread.ts', import.meta.url), {
    workerData: { file: file.href, sizes },
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  const [counts] = (await once(thread, 'message')) as [readonly number[]];
  return counts;
}
