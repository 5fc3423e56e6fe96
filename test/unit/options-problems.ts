import { parseOptions, type RawOptions } from '../../src/options/parse.ts';
import type { OptionSpec } from '../../src/options/spec.ts';
import { type OptionName, optionTable } from '../../src/options/table.ts';

export const specs: Readonly<Record<OptionName, OptionSpec>> = optionTable;
export const minimal: RawOptions = {
  'load-url': 'fe:8030',
  'database-name': 'shop',
  'table-name': 'orders',
  username: 'root',
  password: '',
};

export function parsed(raw: RawOptions) {
  const result = parseOptions({ ...minimal, ...raw });
  if (!result.ok) throw new Error(`refused: ${result.problems.join(' ')}`);
  return result.options;
}

export function problemsOf(raw: RawOptions): readonly string[] {
  const result = parseOptions(raw);
  return result.ok ? [] : result.problems;
}

export const problems = (raw: RawOptions) => problemsOf({ ...minimal, ...raw });
