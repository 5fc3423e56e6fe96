import { nullText } from './csv-encode.ts';
import type { CsvLayout } from './csv-rows.ts';

/**
 * Cuts one CSV row into its fields as StarRocks does.
 *
 * @in     row: the text of one row, without its row delimiter (see `splitCsvRows`)
 * @out    the fields, enclose and escape taken away; `\N` is null
 * @source StarRocks csv_reader.cpp: enclose counts only as the first character of a field, doubled it stands for itself;
 *         escape is dropped and the next character kept; NULL is compared afterwards
 */
export function splitCsvFields(row: string, layout: CsvLayout): (string | null)[] {
  const { columnSeparator, enclose, escape: escapeMark } = layout;
  const fields =
    escapeMark === undefined && (enclose === undefined || !row.includes(enclose))
      ? row.split(columnSeparator)
      : readFields(row, layout);
  return fields.map((field) => (field === nullText ? null : field));
}

function readFields(row: string, { columnSeparator, enclose, escape: escapeMark }: CsvLayout): string[] {
  const fields: string[] = [];
  let field = '';
  let isFieldStart = true;
  let isEnclosed = false;
  for (let i = 0; i < row.length; i++) {
    const char = row[i] ?? '';
    const wasFieldStart = isFieldStart;
    isFieldStart = false;
    if (char === escapeMark) {
      field += row[++i] ?? '';
    } else if (isEnclosed) {
      if (char !== enclose) field += char;
      else if (row[i + 1] === enclose) field += row[++i];
      else isEnclosed = false;
    } else if (wasFieldStart && char === enclose) {
      isEnclosed = true;
    } else if (row.startsWith(columnSeparator, i)) {
      fields.push(field);
      field = '';
      isFieldStart = true;
      i += columnSeparator.length - 1;
    } else {
      field += char;
    }
  }
  fields.push(field);
  return fields;
}
