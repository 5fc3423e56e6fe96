import { type Colour, lineAt, round, svgOf, textAt } from './svg.ts';

export interface Series {
  readonly name: string;
  readonly colour: Colour;
  readonly isDashed?: boolean;
  /** By rising x. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface Axis {
  readonly ticks: readonly number[];
  readonly isLogarithmic: boolean;
  readonly format: (value: number) => string;
}

export interface LineChart {
  readonly title: string;
  readonly subtitle: string;
  /** Its name stands below it. */
  readonly x: Axis & { readonly name: string };
  readonly y: Axis;
  readonly series: readonly Series[];
  /** A dashed line that series should stay below. */
  readonly limit?: { readonly y: number; readonly name: string };
}

const [width, height, left, right, top, bottom] = [820, 440, 64, 24, 72, 92] as const;
const legendColumns = 3;

/** Lines with a mark at each point, and a legend below. The ticks at the ends of an axis are its ends. */
export function drawLines({ title, subtitle, x, y, series, limit }: LineChart): string {
  const rows = Math.ceil(series.length / legendColumns);
  const base = height - bottom;
  const atX = scale(x, left, width - right);
  const atY = scale(y, base, top);
  const marks = [
    ...y.ticks.flatMap((tick) => [
      lineAt(left, atY(tick), width - right, atY(tick), 'grid'),
      textAt(left - 8, atY(tick) + 4, y.format(tick), 'muted end'),
    ]),
    ...x.ticks.map((tick) => textAt(atX(tick), base + 20, x.format(tick), 'muted middle')),
    textAt((left + width - right) / 2, base + 40, x.name, 'muted middle'),
    ...(limit === undefined
      ? []
      : [
          lineAt(left, atY(limit.y), width - right, atY(limit.y), 'limit'),
          textAt(width - right, atY(limit.y) - 6, limit.name, 'muted end'),
        ]),
    ...series.flatMap(({ colour, isDashed, points }) => {
      const places = points.map((point) => [round(atX(point.x)), round(atY(point.y))] as const);
      const dash = isDashed ? ' dashed' : '';
      return [
        `<polyline points="${places.map((place) => place.join(',')).join(' ')}" class="line stroke${colour}${dash}"/>`,
        ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="5" class="ring fill${colour}"/>`),
      ];
    }),
    ...series.flatMap(({ name, colour, isDashed }, at) => {
      const x0 = left + (at % legendColumns) * ((width - left - right) / legendColumns);
      const y0 = base + 64 + Math.floor(at / legendColumns) * 20;
      return [
        lineAt(x0, y0 - 4, x0 + 26, y0 - 4, `line stroke${colour}${isDashed ? ' dashed' : ''}`),
        textAt(x0 + 34, y0, name),
      ];
    }),
  ];
  return svgOf({ title, subtitle, width, height: height + (rows - 1) * 20, marks });
}

function scale({ ticks, isLogarithmic }: Axis, from: number, to: number): (value: number) => number {
  const by = isLogarithmic ? Math.log10 : (value: number) => value;
  const [first, last] = [by(ticks[0] ?? 0), by(ticks.at(-1) ?? 1)];
  return (value) => from + ((by(value) - first) / (last - first)) * (to - from);
}
