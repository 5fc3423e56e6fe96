/** So many digits every number keeps that a parser makes of them. */
export const exactDigits = 15;

const [zero, nine, point] = [0x30, 0x39, 0x2e];

const isPart = (code: number) => (code >= zero && code <= nine) || code === point;

const longDigits = /\d[\d.]{15}/;

/**
 * Says whether a number in a JSON text has more digits than a parser keeps.
 *
 * Of each run of sixteen characters one stands at a place that is a multiple of sixteen, so only these are looked at first.
 */
export function holdsLongNumber(text: string): boolean {
  const stride = exactDigits + 1;
  for (let at = 0; at < text.length; at += stride) {
    // Texts may hold long digits too: only numbers lose them.
    if (isPart(text.charCodeAt(at)) && runAround(text, at) > exactDigits)
      return longDigits.test(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, ''));
  }
  return false;
}

function runAround(text: string, at: number): number {
  let [start, end] = [at, at + 1];
  while (start > 0 && isPart(text.charCodeAt(start - 1))) start--;
  while (end < text.length && isPart(text.charCodeAt(end))) end++;
  return end - start;
}
