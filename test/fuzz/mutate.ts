import type { Random } from '../simulation/random.ts';

/** What breaks readers: names of prototypes, brackets, marks, numbers at the edge, characters that are none. */
const tokens = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '"__proto__":{"polluted":1},',
    '"constructor":{"prototype":{"polluted":1}},',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ',',
    ':',
    '\n',
    '\r\n',
    '\t',
    '\u0000',
    '\u0001',
    '\u2028',
    '\ufeff',
    '\ud800',
    '\udc00',
    '😀',
  ],
  ...[
    '1e400',
    '-0',
    '1E-400',
    '9'.repeat(400),
    '0x10',
    'NaN',
    '-',
    'null',
    'true',
    '""',
    '{}',
    '[]',
    '\\u0000',
    '\\ud800',
    '\\N',
  ],
  ...[
    '"__op":1,',
    '"Records":[',
    '"eventSource":"aws:s3"',
    'a'.repeat(300),
    '(a+)+$',
    '%',
    '%25',
    '+',
    '=',
    '==',
    ';',
    "'",
  ],
];

/** Most characters of an input: a message of SQS has a million, and what takes long shows itself before. */
const mostCharacters = 256 * 1024;

/** Another text from those of a corpus; the same for the same chance. */
export function mutate(random: Random, corpus: readonly string[], others: readonly string[]): string {
  let text = random.pick(corpus);
  for (let times = random.below(6); times > 0; times--) text = change(random, text, others).slice(0, mostCharacters);
  return text;
}

function change(random: Random, text: string, others: readonly string[]): string {
  const [from, to] = [random.below(text.length + 1), random.below(text.length + 1)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  const [before, part, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  switch (random.below(9)) {
    case 0:
      return before + after;
    case 1:
      return before + part;
    case 2:
      return text.slice(0, from) + random.pick(tokens) + text.slice(from);
    case 3:
      return before + random.pick(tokens) + after;
    case 4:
      return before + part + part + after;
    case 5:
      return before + random.pick(others) + after;
    case 6:
      return repeated(random, before, part, after);
    case 7:
      return inString(text, random.pick(others));
    default:
      return [text, random.pick(['\n', '', ',', '\r\n']), random.pick([text, random.pick(others)])].join('');
  }
}

/** Thousands of the same: nothing may take longer than it is long. */
function repeated(random: Random, before: string, part: string, after: string): string {
  const unit = random.chance(0.5) ? random.pick(tokens) : part.slice(0, 200);
  return before + unit.repeat(Math.floor(mostCharacters / (unit.length + 1) / random.pick([1, 10, 100]))) + after;
}

/** One text as a string in another one, plain or in base64: an envelope in an envelope. */
function inString(text: string, inner: string): string {
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.){3,}"/g)];
  const found = strings[inner.length % Math.max(1, strings.length)];
  if (found === undefined) return text;
  const isBase64 = /^"[A-Za-z0-9+/]{8,}={0,2}"$/.test(found[0]);
  const written = isBase64 ? `"${Buffer.from(inner).toString('base64')}"` : JSON.stringify(inner);
  return text.slice(0, found.index) + written + text.slice(found.index + found[0].length);
}
