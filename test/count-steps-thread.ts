import { Session } from 'node:inspector/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { file, sizes } = workerData as { readonly file: string; readonly sizes: readonly number[] };
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { work } = (await import(file)) as { readonly work: (size: number) => Promise<void> };
const counts: number[] = [];
for (const size of sizes) {
  await work(size);
  // What is taken is counted from 0 again.
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const ranges = result
    .filter(({ url }) => url.includes('/src/'))
    .flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
  counts.push(ranges.reduce((sum, { count }) => sum + count, 0));
}
parentPort?.postMessage(counts);
