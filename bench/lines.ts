/** One line of the table: two figures and their ratio. */
export interface Line {
  readonly what: string;
  readonly measured: string;
  /** What it is held against, and that figure. */
  readonly against: string;
  readonly ratio: number;
  /** The middle half of the ratios of single turns. */
  readonly spread?: readonly [low: number, high: number];
  readonly target?: Target;
  /** What of it is drawn. */
  readonly points?: readonly Point[];
}

/** A point of a line, or a bar. */
export interface Point {
  /** The plot, by its name in bench/plots.ts. */
  readonly plot: string;
  readonly series: string;
  /** Where it stands: a number on a logarithmic axis, or the name of a bar. */
  readonly x: number | string;
  readonly y: number;
}

type Target = { readonly atLeast: number } | { readonly below: number };

/** Lines as a Markdown table, padded so that it can be read in a terminal too. */
export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    ...[line.what, line.measured, line.against],
    ...[line.ratio.toFixed(2), formatSpread(line), verdictOf(line)],
  ]);
  const table = [['measured', 'figure', 'held against', 'ratio', 'spread', 'target'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = table;
  return [lineOf(head), lineOf(widths.map((width) => '-'.repeat(width))), ...body.map(lineOf)].join('\n');
}

const formatSpread = ({ spread }: Line): string => spread?.map((ratio) => ratio.toFixed(2)).join('–') ?? '';

function verdictOf(line: Line): string {
  const { target } = line;
  if (target === undefined) return '';
  const wanted = 'atLeast' in target ? `≥ ${target.atLeast}` : `< ${target.below}`;
  return isMissed(line) ? `${wanted}, missed` : wanted;
}

export function isMissed({ ratio, target }: Line): boolean {
  if (target === undefined) return false;
  return !('atLeast' in target ? ratio >= target.atLeast : ratio < target.below);
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const formatCount = (value: number): string => whole.format(value);
export const formatMs = (value: number): string => `${value.toFixed(1)} ms`;
export const formatMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const formatKilobytes = (bytes: number): string => `${whole.format(bytes / 1024)} KB`;
