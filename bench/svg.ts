/** What all plots share: text that is measured, marks by class, and colours for a light and a dark page. */

const palette = {
  surface: ['#fcfcfb', '#1a1a19'],
  ink: ['#0b0b0b', '#ffffff'],
  muted: ['#63625d', '#aeada6'],
  grid: ['#e4e3df', '#383835'],
  series1: ['#2a78d6', '#3987e5'],
  series2: ['#eb6834', '#d95926'],
  series3: ['#1baf7a', '#199e70'],
  series4: ['#4a3aa7', '#9085e9'],
} as const;

/** Of series, in the order in which they are given. */
export type Colour = 1 | 2 | 3 | 4;

export interface Picture {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly height: number;
  /** Elements of SVG. */
  readonly marks: readonly string[];
}

/** A whole file. It follows the reader's preference for light or dark. */
export function svgOf({ title, subtitle, width, height, marks }: Picture): string {
  const style = (theme: 0 | 1) =>
    Object.entries(palette)
      .map(([name, colours]) => `--${name}:${colours[theme]}`)
      .join(';');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">`,
    '<style>',
    `svg{${style(0)};font:13px system-ui,-apple-system,"Segoe UI",sans-serif}`,
    `@media (prefers-color-scheme:dark){svg{${style(1)}}}`,
    'text{fill:var(--ink)}.muted{fill:var(--muted);font-size:12px}.title{font-size:16px;font-weight:600}',
    '.grid{stroke:var(--grid)}.end{text-anchor:end}.middle{text-anchor:middle}.line{fill:none;stroke-width:2}',
    ...[1, 2, 3, 4].map((at) => `.fill${at}{fill:var(--series${at})}.stroke${at}{stroke:var(--series${at})}`),
    '.limit{stroke:var(--muted);stroke-dasharray:2 4}.dashed{stroke-dasharray:7 5}.ring{stroke:var(--surface);stroke-width:2}',
    '</style>',
    `<rect width="${width}" height="${height}" fill="var(--surface)"/>`,
    textAt(24, 30, title, 'title'),
    textAt(24, 50, subtitle, 'muted'),
    ...marks,
    '</svg>\n',
  ].join('\n');
}

export const textAt = (x: number, y: number, text: string, classes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}"${classes === '' ? '' : ` class="${classes}"`}>${escape(text)}</text>`;

export const lineAt = (x1: number, y1: number, x2: number, y2: number, classes: string): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${classes}"/>`;

/** A tenth of a pixel is enough. */
export const round = (value: number): number => Math.round(value * 10) / 10;

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
