/** What runs of the bench found, as bench/results keeps it: pages and plots are drawn from there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { formatJson } from '../scripts/docs/json.ts';
import { type Line, type Point, tableOf } from './lines.ts';
import { judge } from './quiet.ts';

/** What one part of the bench found, the last time that it was kept. */
export interface PartResult {
  /** The day, as YYYY-MM-DD. */
  readonly taken: string;
  readonly machine: { readonly cores: number; readonly cpu: string };
  /** Of what was measured, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** The larger share of the machine that others took, before and after. */
  readonly busy: number;
  readonly lines: readonly Line[];
}

export interface Report {
  readonly command: string;
  /** In the order of the table. */
  readonly parts: Readonly<Record<string, PartResult>>;
}

/** A kind of run: its results are a file, and a part of docs/performance.md between two comments. */
export type RunName = 'bench' | 'peers';
const runNames: readonly RunName[] = ['bench', 'peers'];

const fileOf = (name: RunName) => new URL(`./results/${name}.json`, import.meta.url);

/** @throws Error: there are no results yet, or they are no JSON */
export const readReport = (name: RunName): Report => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Report;

/** Keeps what was measured, and what other parts found before. @in order: of all parts that there are */
export function keepReport(name: RunName, measured: Report, order: readonly string[]): void {
  const all = { ...readReport(name).parts, ...measured.parts };
  const parts = Object.fromEntries(order.flatMap((part) => (all[part] === undefined ? [] : [[part, all[part]]])));
  writeFileSync(fileOf(name), formatJson({ command: measured.command, parts }));
}

/** What is drawn, or computed, of the results under a name. */
export const pointsOf = ({ parts }: Report, plot: string): readonly Point[] =>
  Object.values(parts).flatMap(({ lines }) =>
    lines.flatMap(({ points = [] }) => points.filter((point) => point.plot === plot)),
  );

/** The table, under what circumstances it was measured, and which targets were missed, as Markdown. */
export function textOf({ command, parts }: Report): string {
  const lines = Object.values(parts).flatMap((part) => part.lines);
  const byFacts = Map.groupBy(Object.keys(parts), (name) => factsOf(parts[name]));
  const facts = [...byFacts].map(([told, names]) => `- ${names.join(', ')}: ${told}.`);
  return `${tableOf(lines)}\n\n\`${command}\`:\n\n${facts.join('\n')}\n\n${judge(Object.values(parts)).text}`;
}

function factsOf(part: PartResult | undefined): string {
  if (part === undefined) return '';
  const { machine, versions, taken, busy } = part;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    ...[`${machine.cores} cores (${machine.cpu})`, ...names, taken],
    `others took up to ${Math.round(busy * 100)} % of the machine`,
  ].join(', ');
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
