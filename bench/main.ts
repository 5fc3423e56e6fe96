/**
 * `npm run bench -- [--only part,part] [--gigabytes 2] [--write]`: measures, prints one table, and keeps it in bench/results, from
 * which docs/performance.md and the plots are drawn. It fails when a target was missed on a quiet machine.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { writePages } from '../scripts/docs/pages.ts';
import { runInProcess } from './child.ts';
import type { Line } from './lines.ts';
import { parts, type Settings } from './parts.ts';
import { busyShare, judge } from './quiet.ts';
import { type Report, textOf, writeReport } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    gigabytes: { type: 'string', default: '0.5' },
    write: { type: 'boolean', default: false },
  },
});
const settings: Settings = { gigabytes: Number(values.gigabytes) };
if (!(settings.gigabytes > 0 && settings.gigabytes <= 10)) throw new Error('--gigabytes is a number up to 10.');
const names = values.only?.split(',') ?? Object.keys(parts);
const unknown = names.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0)
  throw new Error(`There is no part ${unknown.join(', ')}; parts: ${Object.keys(parts).join(', ')}.`);
if (values.write && values.only !== undefined) throw new Error('--write wants the whole table: leave out --only.');

const lines: Line[] = [];
let busiest = 0;
for (const name of names) {
  busiest = Math.max(busiest, await busyShare());
  console.error(`measuring ${name} …`);
  lines.push(
    ...(await runInProcess<readonly Line[]>(new URL('./part-process.ts', import.meta.url), [
      name,
      JSON.stringify(settings),
    ])),
  );
}
busiest = Math.max(busiest, await busyShare());
const report: Report = {
  command: 'npm run bench',
  taken: new Date().toISOString().slice(0, 10),
  machine: { cores: availableParallelism(), cpu: cpus()[0]?.model.trim() ?? 'unknown CPU' },
  versions: { Node: process.versions.node },
  ...{ busiest, lines },
};
console.log(textOf(report));
if (values.write) {
  writeReport('bench', report);
  await writePages(new URL('../', import.meta.url));
}
if (judge(lines, busiest).failed) process.exitCode = 1;
