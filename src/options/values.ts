import * as v from 'valibot';
import type { OptionSpec } from './spec.ts';

const text = v.string('expected text');
const entries = (separator: RegExp) =>
  v.transform((value: string) =>
    value
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

const url = v.pipe(
  text,
  v.transform((value) => (/^https?:\/\//i.test(value) ? value : `http://${value}`)),
  v.check((value) => {
    if (!URL.canParse(value)) return false;
    const { hostname, username, pathname, search } = new URL(value);
    return hostname !== '' && username === '' && pathname === '/' && search === '' && /:\d+\/?$/.test(value);
  }, 'expected fe_host:http_port, each with its port, separated by ;'),
  v.transform((value) => value.replace(/\/$/, '')),
);

const urls = v.pipe(text, entries(/[;,]/), v.array(url), v.minLength(1, 'expected at least one fe_host:http_port'));

const list = v.union([v.array(text), v.pipe(text, entries(/,/))], 'expected a list, separated by commas');

const unquoted = (entry: string) => entry.replace(/^"(.*)"$/, '$1');

const map = v.union(
  [
    v.pipe(
      v.custom((value) => !Array.isArray(value)),
      v.record(text, text),
    ),
    v.pipe(
      text,
      entries(/,/),
      v.array(v.pipe(text, v.regex(/^[^=]+=[^=]+$/))),
      v.transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split('=').map((side) => side.trim())))),
    ),
  ],
  'expected from=to, separated by commas',
);

const boolean = v.union(
  [
    v.boolean(),
    v.pipe(
      text,
      v.toLowerCase(),
      v.picklist(['true', 'false']),
      v.transform((value) => value === 'true'),
    ),
  ],
  'expected true or false',
);

function integer(unit: string, min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max} (${unit})`;
  const digits = v.pipe(text, v.trim(), v.regex(/^-?\d+$/), v.transform(Number));
  return v.pipe(
    v.union([v.number(), digits], expected),
    v.safeInteger(expected),
    v.minValue(min, expected),
    v.maxValue(max, expected),
  );
}

/** The valibot schema of one option's value; strings (files, variables) and native values (JSON) both pass. */
export function valueSchema(spec: OptionSpec): v.GenericSchema<unknown, unknown> {
  switch (spec.kind) {
    case 'text':
      return spec.pattern ? v.pipe(text, v.regex(spec.pattern, `expected ${spec.expects}`)) : text;
    case 'integer':
      return integer(spec.unit, spec.min, spec.max);
    case 'boolean':
      return boolean;
    case 'choice':
      return v.picklist(spec.choices, `expected one of ${spec.choices.join(', ')}`);
    case 'urls':
      return urls;
    case 'list':
      return spec.quotes
        ? v.pipe(
            list,
            v.transform((entries) => entries.map(unquoted)),
          )
        : list;
    case 'map':
      return map;
  }
}
