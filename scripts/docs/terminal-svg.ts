const [fontSize, lineHeight, columnWidth, margin] = [13, 18, 7.8, 16];

/**
 * Draws what a terminal shows, as an SVG that reads on light and dark pages.
 *
 * @in   text: lines without colours; columns: characters that a line has room for
 */
export function terminalSvg(text: string, title: string, columns: number): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .flatMap((line) => fitted(line, columns));
  const width = Math.ceil(columns * columnWidth) + 2 * margin;
  const height = lines.length * lineHeight + 2 * margin;
  const drawn = lines.flatMap((line, at) => {
    if (line === '') return [];
    // Every character is as wide as in a terminal, whatever font there is.
    const length = Math.round([...line].length * columnWidth);
    const y = margin + at * lineHeight + fontSize;
    return [`  <text x="${margin}" y="${y}" textLength="${length}"${colourOf(line)}>${escaped(line)}</text>`];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${title}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}" fill="#d1d9e0">`,
    `  <rect width="${width}" height="${height}" rx="8" fill="#151b23"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

/** Words go on in the next line; a table is cut. */
function fitted(line: string, columns: number): readonly string[] {
  if (/^[┌│├└]/.test(line)) return [line.slice(0, columns)];
  return line === ''
    ? [line]
    : (line.match(new RegExp(`.{1,${columns}}(?= |$)`, 'g')) ?? []).map((part) => part.trim());
}

/** What is typed stands out, and what was found in the end. */
const colourOf = (line: string): string =>
  line.startsWith('$ ') ? ' fill="#79c0ff"' : /as sent$|exactly what was sent/.test(line) ? ' fill="#56d364"' : '';

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(' ', '\u00a0');
