import { nullText } from '../kit/csv-notation.ts';
import type { CsvLayout } from './csv-rows.ts';

/**
 * Cuts one CSV row into its fields as StarRocks does.
 *
 * @in     row: the text of one row, without its row delimiter (see `splitCsvRows`)
 * @out    the fields, enclose and escape taken away; `\N`, and what the layout says, is null
 * @source StarRocks csv_reader.cpp: enclose counts only as the first character of a field, doubled it stands for itself;
 *         escape is dropped and the next character kept; NULL is compared afterwards
 */
export function splitCsvFields(row: string, layout: CsvLayout): (string | null)[] {
  const { columnSeparator, enclose, escape: escapeMark, trims = false, nulls = [] } = layout;
  if (escapeMark !== undefined || (enclose !== undefined && row.includes(enclose))) return readFields(row, layout);
  return row.split(columnSeparator).map((written) => {
    const field = trims ? trimmed(written) : written;
    return field === nullText || nulls.includes(field) ? null : field;
  });
}

/** @source csv_reader.cpp: spaces only */
const trimmed = (field: string) => field.replace(/^ +/, '').replace(/ +$/, '');

function readFields(row: string, layout: CsvLayout): (string | null)[] {
  const { columnSeparator, enclose, escape: escapeMark, trims = false, nulls = [] } = layout;
  const fields: (string | null)[] = [];
  let field = '';
  let isFieldStart = true;
  let isEnclosed = false;
  let wasEnclosed = false;
  const endField = () => {
    const text = trims ? field.replace(/ +$/, '') : field;
    fields.push(text === nullText || (!wasEnclosed && nulls.includes(text)) ? null : text);
    [field, isFieldStart, wasEnclosed] = ['', true, false];
  };
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
      wasEnclosed = true;
    } else if (row.startsWith(columnSeparator, i)) {
      endField();
      i += columnSeparator.length - 1;
    } else if (wasFieldStart && trims && char === ' ') {
      isFieldStart = true;
    } else {
      field += char;
    }
  }
  endField();
  return fields;
}
