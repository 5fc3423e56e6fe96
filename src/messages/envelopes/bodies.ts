import { jsonShapeOf, newJsonCutter } from '../../rows/json-shape.ts';

/**
 * Parts a text that holds several values into texts to be read by themselves: each envelope, and what stands between two of them.
 *
 * @in   isEnvelope: says whether the text of a value is one
 * @out  undefined: there is no envelope among them
 */
export function bodiesIn(text: string, isEnvelope: (text: string) => boolean): readonly string[] | undefined {
  const shape = jsonShapeOf(text, true) ?? 'lines';
  const cutter = newJsonCutter[shape]();
  const values = [...cutter.push(text), ...cutter.end()].map((cut) => ({
    text: cut.text,
    isEnvelope: isEnvelope(cut.text),
  }));
  if (cutter.isStuck !== undefined || !values.some((value) => value.isEnvelope)) return undefined;
  const bodies: string[] = [];
  let between: string[] = [];
  const endBetween = () => {
    if (between.length > 0) bodies.push(shape === 'array' ? `[${between.join()}]` : between.join('\n'));
    between = [];
  };
  for (const value of values) {
    if (value.isEnvelope) {
      endBetween();
      bodies.push(value.text);
    } else between.push(value.text);
  }
  endBetween();
  return bodies;
}
