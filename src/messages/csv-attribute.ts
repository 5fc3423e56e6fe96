/** What the attribute `csv` of a message says: how its CSV is written, where that is not as the options have it. */
import * as v from 'valibot';
import { notationProblems } from '../kit/csv-notation.ts';
import { decodeDelimiter } from '../kit/delimiters.ts';
import { SinkError } from '../kit/errors.ts';
import type { CsvHeader, CsvLayout } from '../rows/csv-rows.ts';

/** What differs from the notation of the options. */
export interface CsvAttribute extends Partial<CsvLayout> {
  readonly header?: CsvHeader;
  /** The first line of the file that the rows are from: it names the columns, if the table has them all. */
  readonly firstLine?: readonly string[];
}

const delimiter = v.pipe(v.string(), v.transform(decodeDelimiter));
/** Empty: there is none, whatever the options say. */
const mark = v.pipe(
  v.string(),
  v.maxLength(1),
  v.transform((text) => text || undefined),
);

const attributeSchema = v.strictObject({
  column_separator: v.optional(delimiter),
  row_delimiter: v.optional(delimiter),
  enclose: v.optional(mark),
  escape: v.optional(mark),
  trim_space: v.optional(v.boolean()),
  header: v.optional(v.picklist(['auto', 'yes', 'no'])),
  null: v.optional(v.array(v.string())),
  first_line: v.optional(v.array(v.string())),
});

const words: Readonly<Record<string, keyof CsvAttribute>> = {
  ...{ column_separator: 'columnSeparator', row_delimiter: 'rowDelimiter', enclose: 'enclose', escape: 'escape' },
  ...{ trim_space: 'trims', header: 'header', null: 'nulls', first_line: 'firstLine' },
};

/** @out  undefined: it is no JSON object of these keys */
export function readCsvAttribute(text: string): CsvAttribute | undefined {
  try {
    const parsed = v.safeParse(attributeSchema, JSON.parse(text));
    if (!parsed.success) return undefined;
    return Object.fromEntries(Object.entries(parsed.output).map(([word, value]) => [words[word], value]));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof SinkError) return undefined;
    throw error;
  }
}

/** What the attribute would say of CSV in this notation, marks that it has not among it. */
export const csvAttributeOf = ({ columnSeparator, rowDelimiter, enclose, escape, trims, nulls }: CsvLayout) => ({
  ...{ column_separator: columnSeparator, row_delimiter: rowDelimiter, enclose: enclose ?? '', escape: escape ?? '' },
  ...(trims ? { trim_space: true } : {}),
  ...(nulls === undefined ? {} : { null: nulls }),
});

export const csvAttributeExpected = `a JSON object with some of the keys ${Object.keys(words).join(', ')}, as sink.properties has them`;

/**
 * The notation of a message's CSV.
 *
 * @out  the layout, and what contradicts itself in it
 */
export function ownLayout(ofOptions: CsvLayout, own: CsvAttribute | undefined): CsvLayout {
  if (own === undefined) return ofOptions;
  const { header: _, firstLine: __, ...given } = own;
  return { ...ofOptions, ...given };
}

export const layoutProblem = (layout: CsvLayout): string | undefined => notationProblems(layout)[0];
