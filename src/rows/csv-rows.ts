/** How CSV text is cut into rows and fields: Stream Load's own rules, delimiters already decoded. */
export interface CsvLayout {
  readonly columnSeparator: string;
  readonly rowDelimiter: string;
  readonly enclose?: string | undefined;
  readonly escape?: string | undefined;
}

/**
 * Ends the last row with the delimiter, so that texts can be joined.
 *
 * @out  undefined when the text ends inside enclosed text or behind a lone escape: it would swallow what is joined to it
 */
export function endRow(text: string, layout: CsvLayout): string | undefined {
  const { rowDelimiter } = layout;
  if (layout.enclose === undefined && layout.escape === undefined) {
    return text.endsWith(rowDelimiter) ? text : text + rowDelimiter;
  }
  // One more delimiter is seen only if nothing is open, and right behind another only if the last row had ended.
  const ended = text + rowDelimiter;
  const ends = [...rowEnds(ended, layout)].slice(-3);
  if (ends.at(-2) !== text.length) return undefined;
  return ends.at(-3) === text.length - rowDelimiter.length ? text : ended;
}

/**
 * Counts the rows that Stream Load will see. Blank rows are skipped there, so they are here.
 *
 * @source  StarRocks be/src/formats/csv: without enclose a row ends at its delimiter, quotes are data
 */
export function countCsvRows(text: string, layout: CsvLayout): number {
  if (layout.enclose !== undefined || layout.escape !== undefined) return splitCsvRows(text, layout).length;
  const { rowDelimiter } = layout;
  let rows = 0;
  for (let start = 0; start < text.length; ) {
    const at = text.indexOf(rowDelimiter, start);
    const end = at < 0 ? text.length : at;
    if (end > start) rows++;
    start = end + rowDelimiter.length;
  }
  return rows;
}

/** Cuts CSV text into its rows, each with the text it came as, without the delimiter. Blank rows are left out. */
export function splitCsvRows(text: string, layout: CsvLayout): string[] {
  const rows: string[] = [];
  let start = 0;
  for (const end of rowEnds(text, layout)) {
    if (end > start) rows.push(text.slice(start, end));
    start = end + layout.rowDelimiter.length;
  }
  return rows;
}

/** Where rows end: the index of each delimiter that is not inside enclosed text, and the end of the text. */
function* rowEnds(
  text: string,
  { columnSeparator, rowDelimiter, enclose, escape: escapeWith }: CsvLayout,
): Generator<number> {
  let isFieldStart = true;
  let isEnclosed = false;
  for (let i = 0; i < text.length; ) {
    const char = text[i];
    if (char === escapeWith) {
      i += 2;
      isFieldStart = false;
    } else if (isEnclosed) {
      if (char === enclose) {
        if (text[i + 1] === enclose) i++;
        else isEnclosed = false;
      }
      i++;
    } else if (isFieldStart && char === enclose) {
      isEnclosed = true;
      isFieldStart = false;
      i++;
    } else if (text.startsWith(rowDelimiter, i)) {
      yield i;
      i += rowDelimiter.length;
      isFieldStart = true;
    } else if (text.startsWith(columnSeparator, i)) {
      i += columnSeparator.length;
      isFieldStart = true;
    } else {
      i++;
      isFieldStart = false;
    }
  }
  yield text.length;
}
