import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import { ignoredFlinkOptions } from '../../src/options/ignored-flink-options.ts';
import { optionNames, parseOptions, type RawOptions, requireOptions } from '../../src/options/parse.ts';
import type { OptionName } from '../../src/options/table.ts';
import { minimal, parsed, problems, problemsOf, specs } from './options-problems.ts';

describe('the option table', () => {
  it('has the defaults of the Flink connector', () => {
    expect(parsed({})).toMatchObject({
      'load-url': ['http://fe:8030'],
      'jdbc-url': undefined,
      'sink.semantic': 'at-least-once',
      'sink.buffer-flush.max-bytes': 94_371_840,
      'sink.buffer-flush.max-rows': 500_000,
      'sink.buffer-flush.interval-ms': 300_000,
      'sink.max-retries': 1,
      'sink.connect.timeout-ms': 1000,
      'sink.socket.timeout-ms': -1,
      'sink.wait-for-continue.timeout-ms': 30_000,
      'sink.ignore.update-before': true,
      'sink.sanitize-error-log': false,
      'sink.publish-timeout.ms': -1,
      'sink.label-prefix': undefined,
      properties: {},
    });
  });

  it.each([
    ['sink.buffer-flush.max-bytes', 64 * 1024 ** 2, 10 * 1024 ** 3],
    ['sink.buffer-flush.max-rows', 64_000, 5_000_000],
    ['sink.buffer-flush.interval-ms', 1000, 3_600_000],
    ['sink.max-retries', 0, 10],
    ['sink.connect.timeout-ms', 100, 60_000],
    ['sink.wait-for-continue.timeout-ms', 3000, 600_000],
  ] as const)('takes %s from %d to %d, and nothing beside', (name, min, max) => {
    for (const end of [min, max]) {
      expect(parsed({ [name]: end })[name]).toBe(end);
      expect(parsed({ [name]: ` ${end} ` })[name]).toBe(end);
    }
    for (const outside of [min - 1, max + 1, min + 0.5, `${max + 1}`, Number.NaN, `${min}.5`, `${min}x`, '1e5', true]) {
      const found = problems({ [name]: outside });
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(`${name}: expected a whole number from ${min} to ${max}`);
    }
  });

  const integers = optionNames.flatMap((name) => {
    const spec = specs[name];
    return spec.kind === 'integer' ? [{ name, ...spec }] : [];
  });

  it.each(integers)('keeps the default of $name within its range, and refuses what is outside', (spec) => {
    const { name, min, max } = spec;
    expect(spec.default).toBeGreaterThanOrEqual(min);
    expect(spec.default).toBeLessThanOrEqual(max);
    expect(parsed({})[name]).toBe(spec.default);
    expect(parsed({ [name]: String(min) })[name]).toBe(min);
    expect(parsed({ [name]: max })[name]).toBe(max);
    expect(problems({ [name]: min - 1 })).toHaveLength(1);
    expect(problems({ [name]: max + 1 })).toHaveLength(1);
  });

  it.each(optionNames.filter((name) => specs[name].kind === 'choice'))(
    'takes the choices of %s and no other',
    (name) => {
      const spec = specs[name];
      const choices = spec.kind === 'choice' ? spec.choices : [];
      const company = { 'sink.bucket': 'rows', 'jdbc-url': 'jdbc:mysql://fe:9030' };
      for (const choice of choices) expect(parsed({ ...company, [name]: choice })[name]).toBe(choice);
      expect(problems({ ...company, [name]: 'exactly-twice' })).toEqual([
        `${name}: expected one of ${choices.join(', ')}, found "exactly-twice".`,
      ]);
    },
  );

  it.each(optionNames.filter((name) => specs[name].kind === 'boolean'))(
    'takes true and false for %s, as text too',
    (name) => {
      const company = { 'jdbc-url': 'jdbc:mysql://fe:9030' };
      expect(parsed({ ...company, [name]: 'TRUE' })[name]).toBe(true);
      expect(parsed({ [name]: false })[name]).toBe(false);
      expect(problems({ ...company, [name]: 'yes' })).toEqual([`${name}: expected true or false, found "yes".`]);
      expect(problems({ ...company, [name]: 1 })).toHaveLength(1);
    },
  );

  it('reads an option that is empty as one that is not set', () => {
    const bare = parsed({});
    for (const name of optionNames) {
      if (name in minimal) continue;
      expect(parsed({ [name]: '' })[name], name).toEqual(bare[name]);
      expect(parsed({ [name]: undefined })[name], name).toEqual(bare[name]);
    }
  });

  it('keeps an empty password, which is one', () => {
    expect(parsed({ password: '' }).password).toBe('');
  });

  it('shares no name with the options that are ignored', () => {
    expect(optionNames.filter((name) => name in ignoredFlinkOptions)).toEqual([]);
  });
});

describe('load-url', () => {
  it.each([
    ['fe1:8030;fe2:8030', ['http://fe1:8030', 'http://fe2:8030']],
    [' fe1:8030 ; https://fe2:8443/ ;', ['http://fe1:8030', 'https://fe2:8443']],
    ['https://[fd00::1]:8443', ['https://[fd00::1]:8443']],
    ['http://fe:80', ['http://fe:80']],
  ])('reads %j', (given, expected) => {
    expect(parsed({ 'load-url': given })['load-url']).toEqual(expected);
  });

  it.each([
    'fe',
    'http://fe',
    'fe:99999',
    'ftp://fe:8030',
    'fe:8030/api',
    'fe:8030?x=1',
    'fe:8030#x',
    ':8030',
    ';',
    'fe 1:8030',
    'a:1;b',
  ])('refuses %j', (given) => {
    expect(problems({ 'load-url': given })).toHaveLength(1);
  });

  it('is required', () => {
    expect(problems({ 'load-url': '' })).toEqual(['load-url is required.']);
    expect(problems({ 'load-url': null })).toEqual(['load-url is required.']);
  });
});

describe('lists and maps', () => {
  it('come as text or as JSON has them', () => {
    expect(parsed({ 'sink.tables.allow': ' sales.*, hr.people ,' })['sink.tables.allow']).toEqual([
      'sales.*',
      'hr.people',
    ]);
    expect(parsed({ 'sink.tables.allow': ['sales.*'] })['sink.tables.allow']).toEqual(['sales.*']);
    const map = { '10.0.0.5:8040': 'be1:8040', '10.0.0.6:8040': 'be2:8040' };
    expect(parsed({ 'sink.redirect.map': map })['sink.redirect.map']).toEqual(map);
    expect(parsed({ 'sink.redirect.map': '10.0.0.5:8040 = be1:8040,10.0.0.6:8040=be2:8040' })).toMatchObject({
      'sink.redirect.map': map,
    });
  });

  it.each([
    ['sink.redirect.map', 'a'],
    ['sink.redirect.map', 'a=b=c'],
    ['sink.redirect.map', '=b'],
    ['sink.redirect.map', ['a:1=b:1']],
    ['sink.redirect.map', { a: 1 }],
    ['sink.tables.allow', 5],
    ['sink.tables.allow', { a: 'b' }],
  ])('refuse %s = %j', (name, given) => {
    expect(problems({ [name]: given })).toHaveLength(1);
  });
});

describe('problems', () => {
  it('are all named at once: missing, out of range, unknown, badly written, and contradicting', () => {
    const found = problemsOf({
      'sink.max-retries': 11,
      'sink.max-retrys': 1,
      'sink.semantic': 'exactly-once',
      'sink.properties.format': 'parquet',
      'sink.properties.label': 'mine',
      'sink.label-prefix': 'a b',
      'table-name': 'orders',
    }).join('\n');
    for (const part of [
      'load-url is required',
      'sink.max-retries: expected',
      'sink.max-retrys is not an option; did you mean sink.max-retries?',
      'sink.properties.format: expected csv or json',
      'sink.properties.label: is set by the sink itself',
      'sink.label-prefix: expected at most 40',
      'sink.bucket is required',
      'table-name is set, database-name is not',
      'username is required',
    ]) {
      expect(found).toContain(part);
    }
  });

  it('name no contradiction that comes from a wrong value alone', () => {
    expect(problems({ username: 5 })).toHaveLength(1);
    expect(problems({ 'table-name': 5 })).toHaveLength(1);
    expect(problems({ 'sink.semantic': 'exactly_once' })).toHaveLength(1);
    expect(problemsOf({ 'load-url': 'fe:1', username: 'u', password: 'p', 'sink.tables.allow': 5 })).toHaveLength(1);
  });

  it('suggest the option that was meant, for every slip of one letter', () => {
    fc.assert(
      fc.property(fc.constantFrom(...optionNames), fc.nat(), fc.constantFrom('drop', 'double'), (name, at, slip) => {
        const i = at % name.length;
        const wrong = name.slice(0, i) + (slip === 'double' ? name.slice(i, i + 1).repeat(2) : '') + name.slice(i + 1);
        fc.pre(!optionNames.includes(wrong as OptionName));
        expect(problems({ [wrong]: '1' })).toEqual([`${wrong} is not an option; did you mean ${name}?`]);
      }),
    );
  });

  it.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])('refuse %s, which every object has', (name) => {
    expect(problemsOf(JSON.parse(JSON.stringify(minimal).replace('{', `{"${name}":"1",`)))).toHaveLength(1);
  });

  it('never come as an exception, whatever is given', () => {
    const names = fc.oneof(fc.constantFrom(...optionNames), fc.string(), fc.constant('sink.properties.columns'));
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), (raw) => {
        expect(typeof parseOptions(raw).ok).toBe('boolean');
      }),
    );
  });

  it('are thrown together, under one code, by requireOptions', () => {
    const attempt = () => requireOptions({ 'sink.max-retries': -1 });
    expect(attempt).toThrow(SinkError);
    expect(attempt).toThrow(/OPTIONS_INVALID.*load-url is required.*sink\.max-retries/);
  });
});

describe('secrets', () => {
  const secret = 'hunter2-Zq';

  it.each<[string, RawOptions]>([
    ['a password that is no text', { password: [secret] }],
    ['a load-url with credentials', { 'load-url': `http://root:${secret}@fe:8030` }],
    ['a jdbc-url with credentials', { 'jdbc-url': `mysql://root:${secret}@fe:9030` }],
    ['a jdbc-url with the password as a parameter', { 'jdbc-url': `mysql://fe:9030/?user=root&password=${secret}` }],
    ['a misspelt password', { pasword: secret }],
    ['an authorization header', { 'sink.properties.authorization': `Basic ${secret}` }],
  ])('never stand in a problem: %s', (_, raw) => {
    const found = problems(raw);
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain(secret);
  });
});
