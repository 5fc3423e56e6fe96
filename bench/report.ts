/** What runs of the bench found, as bench/results keeps it: pages and plots are drawn from there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { formatJson } from '../scripts/docs/json.ts';
import { type Line, tableOf } from './lines.ts';
import { judge } from './quiet.ts';

export interface Report {
  readonly command: string;
  /** The day, as YYYY-MM-DD. */
  readonly taken: string;
  readonly machine: { readonly cores: number; readonly cpu: string };
  /** Of what was measured, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** The largest share of the machine that others took. */
  readonly busiest: number;
  readonly lines: readonly Line[];
}

/** A kind of run: its results are a file, and a part of docs/performance.md between two comments. */
export type RunName = 'bench';
const runNames: readonly RunName[] = ['bench'];

const fileOf = (name: RunName) => new URL(`./results/${name}.json`, import.meta.url);

/** @throws Error: there are no results yet, or they are no JSON */
export const readReport = (name: RunName): Report => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Report;

export const writeReport = (name: RunName, report: Report): void => writeFileSync(fileOf(name), formatJson(report));

/** The table, and under what circumstances it was measured, as Markdown. */
export function textOf({ command, taken, machine, versions, busiest, lines }: Report): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const facts = [`${machine.cores} cores (${machine.cpu})`, ...names, taken].join(', ');
  return `${tableOf(lines)}\n\n\`${command}\`: ${facts}. ${judge(lines, busiest).text}`;
}

/**
 * The page with the results of each run between its comments.
 *
 * @throws Error: the comments are not there
 */
export function withReports(page: string): string {
  return runNames.reduce((text, name) => {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
    const [head, rest] = text.split(begin);
    const tail = rest?.split(end)[1];
    if (tail === undefined) throw new Error(`docs/performance.md has no ${begin} … ${end}.`);
    return `${head}${begin}\n\n${textOf(readReport(name))}\n\n${end}${tail}`;
  }, page);
}
