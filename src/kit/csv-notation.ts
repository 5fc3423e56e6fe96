/** How CSV is written: what no notation may be, whoever asks for it. */
import { runsInto } from './delimiters.ts';

/** StarRocks reads exactly this text as NULL, also between enclose characters, so it cannot travel as data. */
export const nullText = '\\N';

interface Marks {
  readonly columnSeparator: string;
  readonly rowDelimiter: string;
  readonly enclose?: string | undefined;
  readonly escape?: string | undefined;
}

/**
 * Says why rows in a notation could not be read back, whatever their values are.
 *
 * @in   delimiters already decoded
 * @out  one sentence each: delimiters that run into each other, marks that are not one ASCII character or part of something else
 */
export function notationProblems({ columnSeparator, rowDelimiter, ...marks }: Marks): readonly string[] {
  const { enclose, escape: escapeMark } = marks;
  const problems: string[] = [];
  if (runsInto(columnSeparator, rowDelimiter) || runsInto(rowDelimiter, columnSeparator))
    problems.push('Column separator and row delimiter run into each other.');
  if (enclose !== undefined && enclose === escapeMark) problems.push('Enclose and escape are the same character.');
  for (const name of ['enclose', 'escape'] as const) {
    const mark = marks[name];
    if (mark === undefined) continue;
    if (!/^\p{ASCII}$/u.test(mark)) problems.push(`The ${name} character is not one ASCII character.`);
    if (columnSeparator.includes(mark)) problems.push(`The column separator holds the ${name} character.`);
    if (rowDelimiter.includes(mark)) problems.push(`The row delimiter holds the ${name} character.`);
  }
  const cutsNull = [columnSeparator, rowDelimiter].some((delimiter) => runsInto(nullText, delimiter));
  if (cutsNull || enclose === '\\' || enclose === 'N' || escapeMark === 'N')
    problems.push('A delimiter, or the enclose or escape character, is part of \\N, the text of NULL.');
  return problems;
}
