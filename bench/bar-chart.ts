import { type Colour, round, svgOf, textAt } from './svg.ts';

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly colour: Colour;
}

export interface BarChart {
  readonly title: string;
  readonly subtitle: string;
  readonly bars: readonly Bar[];
  readonly format: (value: number) => string;
}

const [width, left, right, top, pitch, thick] = [820, 330, 90, 72, 30, 18] as const;
/** Of the end of a bar. */
const radius = 4;

/** Horizontal bars from zero, each with its value. */
export function drawBars({ title, subtitle, bars, format }: BarChart): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const marks = bars.flatMap(({ name, value, colour }, at) => {
    const y = top + at * pitch;
    const long = Math.max(radius, (value / most) * (width - left - right));
    const path = `M${left} ${y}h${round(long - radius)}a${radius} ${radius} 0 0 1 ${radius} ${radius}v${thick - 2 * radius}a${radius} ${radius} 0 0 1 -${radius} ${radius}h-${round(long - radius)}z`;
    return [
      textAt(left - 10, y + 13, name, 'end'),
      `<path d="${path}" class="fill${colour}"/>`,
      textAt(left + long + 8, y + 13, format(value), 'muted'),
    ];
  });
  return svgOf({ title, subtitle, width, height: top + bars.length * pitch + 14, marks });
}
