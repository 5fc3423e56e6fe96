/**
 * `npm run bench -- [--only part,part] [--gigabytes 2] [--write]`: measures, prints one table, puts it into docs/performance.md. It fails when
 * a target was missed on a quiet machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { runInProcess } from './child.ts';
import { type Line, tableOf } from './lines.ts';
import { parts, type Settings } from './parts.ts';
import { busyShare, judge } from './quiet.ts';

const page = new URL('../docs/performance.md', import.meta.url);
const begin = '<!-- bench: begin -->';
const end = '<!-- bench: end -->';

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
const { text: judgement, failed } = judge(lines, busiest);
const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU';
const facts = `${availableParallelism()} cores (${cpu}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
const report = `${tableOf(lines)}\n\n\`npm run bench\`: ${facts}. ${judgement}`;
console.log(report);
if (values.write) writeFileSync(page, withReport(readFileSync(page, 'utf8'), report));
if (failed) process.exitCode = 1;

function withReport(text: string, measured: string): string {
  const [head, rest] = text.split(begin);
  const tail = rest?.split(end)[1];
  if (tail === undefined) throw new Error(`docs/performance.md has no ${begin} … ${end}.`);
  return `${head}${begin}\n\n${measured}\n\n${end}${tail}`;
}
