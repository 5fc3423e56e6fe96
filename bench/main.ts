/**
 * `npm run bench -- [--peers] [--only part,part] [--gigabytes 2] [--write]`: measures, prints one table, and keeps it in bench/results part
 * by part, from where docs/performance.md and the plots are drawn. It fails when a target was missed on a quiet machine.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { writePages } from '../scripts/docs/pages.ts';
import { runInProcess } from './child.ts';
import type { Line } from './lines.ts';
import { parts, peerParts, type Settings } from './parts.ts';
import { peerVersions } from './peers/versions.ts';
import { busyShare, judge } from './quiet.ts';
import { keepReport, type PartResult, type Report, type RunName, textOf } from './report.ts';

const { values } = parseArgs({
  options: {
    /** Measures beside other software, which Maven fetches, instead of the parts of this project. */
    peers: { type: 'boolean', default: false },
    only: { type: 'string' },
    gigabytes: { type: 'string', default: '0.5' },
    write: { type: 'boolean', default: false },
  },
});
const settings: Settings = { gigabytes: Number(values.gigabytes) };
if (!(settings.gigabytes > 0 && settings.gigabytes <= 10)) throw new Error('--gigabytes is a number up to 10.');
const run: RunName = values.peers ? 'peers' : 'bench';
const known = values.peers ? peerParts : parts;
const names = values.only?.split(',') ?? Object.keys(known);
const unknown = names.filter((name) => !Object.hasOwn(known, name));
if (unknown.length > 0)
  throw new Error(`There is no part ${unknown.join(', ')}; parts: ${Object.keys(known).join(', ')}.`);

const versions = { Node: process.versions.node, ...(values.peers ? await peerVersions() : {}) };
const found: Record<string, PartResult> = {};
for (const name of names) {
  const before = await busyShare();
  console.error(`measuring ${name} …`);
  const lines = await runInProcess<readonly Line[]>(new URL('./part-process.ts', import.meta.url), [
    name,
    JSON.stringify(settings),
  ]);
  found[name] = {
    taken: new Date().toISOString().slice(0, 10),
    machine: { cores: availableParallelism(), cpu: cpus()[0]?.model.trim() ?? 'unknown CPU' },
    versions,
    busy: Math.max(before, await busyShare()),
    lines,
  };
}
const report: Report = { command: values.peers ? 'npm run bench -- --peers' : 'npm run bench', parts: found };
console.log(textOf(report));
if (values.write) {
  keepReport(run, report, Object.keys(known));
  await writePages(new URL('../', import.meta.url));
}
if (judge(Object.values(found)).failed) process.exitCode = 1;
