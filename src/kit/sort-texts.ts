/** From here on numbers are worth their making. */
const fewTexts = 64;

/** Characters of which identities are mostly made. Each has a rank of its own; the others share those between them. */
const owners = '-0123456789abcdef';
const isOwner = (code: number) => owners.includes(String.fromCharCode(code));
const codes = [...Array(128).keys()];
const hasOwn = codes.map(isOwner);
const rankOf = codes.map(
  (code) => codes.filter((other) => other > 0 && other <= code && (isOwner(other) || isOwner(other - 1))).length,
);
const mostRank = rankOf.at(-1) as number;
const ranks = mostRank + 1;
/** Characters of which a number is made, at most: 21 ** 7 is below 2 ** 32. */
const charactersOfNumber = 7;
/** By so many bits numbers are sorted at a time. */
const [digitBits, numberBits] = [11, 33];
const digits = 2 ** digitBits;

/**
 * What `toSorted` makes of texts, in a part of the time where they are thousands of identities: they are sorted by numbers that stand for
 * the characters behind what all of them begin with, and only those that have the same number are compared.
 */
export function sortTexts(texts: readonly string[]): string[] {
  if (texts.length < fewTexts) return texts.toSorted();
  const numbers = numbersOf(texts, lengthOfPrefix(texts));
  const sorted: string[] = [];
  let [same, last] = [0, -1];
  for (const at of orderOf(numbers)) {
    const number = numbers[at] as number;
    if (number !== last) {
      sortBehind(same, sorted);
      [same, last] = [sorted.length, number];
    }
    sorted.push(texts[at] as string);
  }
  sortBehind(same, sorted);
  return sorted;
}

function sortBehind(from: number, texts: string[]): void {
  if (texts.length - from > 1) for (const text of texts.splice(from).sort()) texts.push(text);
}

/** Characters with which all of them begin. */
function lengthOfPrefix(texts: readonly string[]): number {
  let [prefix = ''] = texts;
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix.length;
}

/** Of two texts the one with the smaller number comes first; those with the same may differ all the same. */
function numbersOf(texts: readonly string[], from: number): Uint32Array {
  const numbers = new Uint32Array(texts.length);
  for (let at = 0; at < numbers.length; at++) numbers[at] = numberOf(texts[at] as string, from);
  return numbers;
}

function numberOf(text: string, from: number): number {
  const end = from + charactersOfNumber;
  let number = 0;
  for (let at = from; at < end; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0;
    number = number * ranks + (rankOf[code] ?? mostRank);
    // Behind a character that shares its rank nothing counts.
    if (hasOwn[code] !== true) return number * ranks ** (end - 1 - at);
  }
  return number;
}

/** Places of the numbers, those of smaller ones first: radix sort. */
function orderOf(numbers: Uint32Array): Uint32Array {
  let [from, to] = [new Uint32Array(numbers.length), new Uint32Array(numbers.length)];
  for (let at = 0; at < from.length; at++) from[at] = at;
  for (let bits = 0; bits < numberBits; bits += digitBits) {
    const digitOf = (at: number) => ((numbers[at] as number) >>> bits) & (digits - 1);
    const begins = new Uint32Array(digits + 1);
    for (let at = 0; at < numbers.length; at++) (begins[digitOf(at) + 1] as number)++;
    for (let digit = 0; digit < digits; digit++) (begins[digit + 1] as number) += begins[digit] as number;
    for (const at of from) to[(begins[digitOf(at)] as number)++] = at;
    [from, to] = [to, from];
  }
  return from;
}
