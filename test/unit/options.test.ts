import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import { ignoredFlinkOptions } from '../../src/options/ignored-flink-options.ts';
import { optionNames, parseOptions, type RawOptions, requireOptions } from '../../src/options/parse.ts';
import { optionsFromText, optionsFromVariables, variableOf, variablesFromOptions } from '../../src/options/sources.ts';
import type { OptionSpec } from '../../src/options/spec.ts';
import { type OptionName, optionTable } from '../../src/options/table.ts';

const specs: Readonly<Record<OptionName, OptionSpec>> = optionTable;
const minimal: RawOptions = {
  'load-url': 'fe:8030',
  'database-name': 'shop',
  'table-name': 'orders',
  username: 'root',
  password: '',
};

function parsed(raw: RawOptions) {
  const result = parseOptions({ ...minimal, ...raw });
  if (!result.ok) throw new Error(`refused: ${result.problems.join(' ')}`);
  return result.options;
}

function problemsOf(raw: RawOptions): readonly string[] {
  const result = parseOptions(raw);
  return result.ok ? [] : result.problems;
}

const problems = (raw: RawOptions) => problemsOf({ ...minimal, ...raw });

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

describe('contradictions', () => {
  it.each<[RawOptions, string]>([
    [{ username: undefined }, 'username is required'],
    [{ password: undefined }, 'password is required'],
    [{ 'database-name': undefined }, 'table-name is set, database-name is not'],
    [{ 'table-name': undefined }, 'no table can be filled'],
    [{ 'sink.semantic': 'exactly-once' }, 'sink.bucket is required'],
    [
      { 'sink.semantic': 'exactly-once', 'sink.bucket': 'b', 'sink.properties.enclose': '"' },
      'the transaction interface of StarRocks ignores',
    ],
    [{ 'sink.properties.enable_merge_commit': 'true' }, 'needs merge_commit_interval_ms'],
    [{ 'sink.properties.compression': 'gzip' }, 'compress messages at the producer'],
    [{ 'sink.properties.Content-Encoding': 'gzip' }, 'compress messages at the producer'],
    [{ 'sink.properties.skip_header': '1' }, 'sink.csv.header reads the first line'],
    [{ 'sink.properties.json_root': 'items' }, 'a path such as $.data.items'],
    [{ 'sink.properties.jsonpaths': '$.id' }, 'a JSON array of paths'],
    [{ 'sink.properties.trim_space': 'yes' }, 'true or false'],
    [{ 'sink.properties.format': 'csv', 'sink.properties.json_root': '$.items' }, 'json_root are for JSON'],
    [{ 'sink.properties.format': 'csv', 'sink.properties.jsonpaths': '["$.id"]' }, 'jsonpaths and json_root are for'],
    [{ 'sink.semantic': 'exactly-once', 'sink.bucket': 'b', 'sink.properties.trim_space': 'true' }, 'trim_space: with'],
    [{ 'sink.csv.header': 'yes', 'sink.properties.columns': 'a,b' }, 'leave one out'],
    [{ 'sink.properties.enclose': '"', 'sink.properties.escape': '"' }, 'Enclose and escape are the same'],
    [{ 'sink.properties.column_separator': ',"', 'sink.properties.enclose': '"' }, 'separator holds the enclose'],
    [{ 'sink.csv.column-separator': 'N' }, 'part of \\N'],
    [{ 'sink.csv.escape': '\\', 'sink.csv.enclose': '\\' }, 'sink.csv.*, how CSV is written, contradicts itself'],
    [{ 'sink.csv.row-delimiter': '\\xFF' }, 'not pairs of hex digits'],
    [{ 'sink.csv.enclose': 'ab' }, 'expected one ASCII character'],
    [{ 'sink.properties.merge_commit_async': 'true' }, 'received, not that they are loaded'],
  ])('%j', (raw, problem) => {
    const found = problems(raw);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });

  it('refuse merge commit with exactly-once', () => {
    const raw = {
      'sink.semantic': 'exactly-once',
      'sink.bucket': 'b',
      'sink.properties.enable_merge_commit': 'true',
      'sink.properties.merge_commit_interval_ms': '100',
      'sink.properties.merge_commit_parallel': '2',
    };
    expect(problems(raw)).toEqual([expect.stringContaining('takes labels away')]);
    expect(problems({ ...raw, 'sink.semantic': 'at-least-once' })).toEqual([]);
  });

  it.each<[RawOptions, string]>([
    [{ 'sink.semantic': 'exactly-once', 'sink.bucket': 'b' }, 'does not prepare a transaction over several tables'],
    [{ 'jdbc-url': undefined }, 'jdbc-url is required'],
    [{ 'sink.buffer-flush.interval-ms': 600_000 }, 'beyond the 300,000'],
    [
      {
        'sink.properties.enable_merge_commit': 'true',
        'sink.properties.merge_commit_interval_ms': '100',
        'sink.properties.merge_commit_parallel': '2',
      },
      'transactions of its own',
    ],
  ])('let messages be atomic only where StarRocks can do it: %j', (raw, problem) => {
    const atomic = { 'sink.atomic-messages': true, 'jdbc-url': 'jdbc:mysql://fe:9030' };
    expect(problems(atomic)).toEqual([]);
    expect(problems({ ...atomic, ...raw })).toEqual([expect.stringContaining(problem)]);
  });

  it.each<[RawOptions, string]>([
    [{ 'jdbc-url': undefined }, 'jdbc-url is required'],
    [{ 'sink.properties.merge_condition': 'v' }, 'a merge condition of its own'],
    [{ 'sink.properties.format': 'csv' }, 'needs rows as JSON'],
  ])('order rows only by columns that are known, and as JSON: %j', (raw, problem) => {
    const ordered = { 'sink.order-by': 'position', 'jdbc-url': 'jdbc:mysql://fe:9030' };
    expect(problems(ordered)).toEqual([]);
    expect(problems({ ...ordered, ...raw })).toEqual([expect.stringContaining(problem)]);
    expect(problems({ ...ordered, 'sink.order-by': 'luck' })).toEqual([expect.stringContaining('column:NAME')]);
  });

  it('ask neither user name nor password of somebody who has a secret', () => {
    expect(problems({ username: undefined, password: undefined, 'sink.secret-id': 'starrocks' })).toEqual([]);
  });

  it('let a pattern stand in for the default table', () => {
    expect(problems({ 'database-name': undefined, 'table-name': undefined, 'sink.tables.allow': 'a.*' })).toEqual([]);
  });
});

describe('sink.properties.*', () => {
  it.each([
    ['\\x01', '\\x01'],
    ['\\\\x01', '\\x01'],
    ['\\\\X0102', '\\X0102'],
    ['\u0001', '\\x01'],
    ['\t', '\\x09'],
    [' ', '\\x20'],
    ['\r\n', '\\x0d0a'],
    [',', ','],
    ['\\t', '\\t'],
  ])('carry the separator %j as %j', (given, header) => {
    const column = 'sink.properties.column_separator';
    const row = 'sink.properties.ROW_DELIMITER';
    expect(parsed({ [column]: given, [row]: '~' }).properties).toEqual({
      column_separator: header,
      row_delimiter: '~',
    });
    expect(parsed({ [column]: '~', [row]: given }).properties).toEqual({
      column_separator: '~',
      row_delimiter: header,
    });
  });

  it('pass any other Stream Load header through, in lower case', () => {
    expect(parsed({ 'sink.properties.Merge_Condition': 'Version', 'sink.properties.where': 'a > 1' })).toMatchObject({
      properties: { merge_condition: 'Version', where: 'a > 1' },
    });
  });

  it.each([
    ['label', 'x'],
    ['Expect', '100-continue'],
    ['a b', 'x'],
    ['', 'x'],
    ['where', 'a\r\nlabel: b'],
    ['where', 'a\u0000'],
    ['where', ''],
    ['format', 'orc'],
    ['max_filter_ratio', '1'],
    ['max_filter_ratio', '0.05'],
    ['max_filter_ratio', '-0'],
    ['strict_mode', 'yes'],
    ['partial_update', 'TRUE'],
    ['partial_update_mode', 'col'],
    ['strip_outer_array', 'false'],
    ['timeout', '0'],
    ['timeout', '259201'],
    ['timeout', '10s'],
    ['enclose', '""'],
    ['enclose', '\\x22'],
    ['escape', 'é'],
  ])('refuse %s = %j', (name, value) => {
    const found = problems({ [`sink.properties.${name}`]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).not.toMatch(/[\r\n\0]/);
  });

  it.each([
    ['max_filter_ratio', '0'],
    ['max_filter_ratio', '0.0'],
    ['timeout', '1'],
    ['timeout', '259200'],
    ['enclose', '"'],
    ['escape', '\\'],
  ])('take %s = %j', (name, value) => {
    expect(parsed({ [`sink.properties.${name}`]: value }).properties).toEqual({ [name]: value });
  });

  it.each([
    ['column_separator', 'aa', 'overlaps itself'],
    ['column_separator', '||', 'overlaps itself'],
    ['row_delimiter', '\\x0A0D0A', 'overlaps itself'],
    ['column_separator', '\\x0A', 'run into each other'],
    ['row_delimiter', ';\t', 'run into each other'],
    ['column_separator', 'é'.repeat(26), 'has 52 bytes'],
  ])('refuse %s = %j, at which a row could be cut in two ways', (name, value, found) => {
    expect(problems({ [`sink.properties.${name}`]: value })).toEqual([expect.stringContaining(found)]);
  });

  it.each(['|#|#!', ',', 'ab', '\\x01'])('take the column separator %j', (value) => {
    expect(parsed({ 'sink.properties.column_separator': value }).properties['column_separator']).toBe(
      value.replace('\\\\', '\\'),
    );
  });

  it('take the format in any case', () => {
    expect(parsed({ 'sink.properties.format': 'JSON' }).properties).toEqual({ format: 'json' });
  });
});

describe('options of Flink that mean nothing here', () => {
  it.each(Object.keys(ignoredFlinkOptions))('%s is taken, and said to be ignored', (name) => {
    const result = parseOptions({ ...minimal, [name]: 'x' });
    expect(result).toMatchObject({ ok: true, notices: [expect.stringMatching(`^${name} is ignored: .+\\.$`)] });
  });
});

describe('options from text', () => {
  it('come from a WITH clause, quotes and backslashes as written', () => {
    const text = `CREATE TABLE t (
      id INT COMMENT 'it''s' -- 'sink.max-retries' = '9'
    ) WITH (
      'connector' = 'starrocks',
      'load-url'='fe1:8030;fe2:8030',
      -- 'sink.max-retries' = '8',
      'password' = 'it''s = , ''quoted'' -- here',
      'sink.properties.column_separator' = '\\x01',
      'sink.properties.row_delimiter' = '\\\\x02'
    );`;
    expect(optionsFromText(text)).toEqual({
      connector: 'starrocks',
      'load-url': 'fe1:8030;fe2:8030',
      password: "it's = , 'quoted' -- here",
      'sink.properties.column_separator': '\\x01',
      'sink.properties.row_delimiter': '\\\\x02',
    });
  });

  it('come from the bare pairs of a clause', () => {
    expect(optionsFromText(`'load-url' = 'fe:8030', 'username' = 'root'`)).toEqual({
      'load-url': 'fe:8030',
      username: 'root',
    });
  });

  it('come from lines, with or without flink.starrocks. before the name', () => {
    const text = [
      '# copied from WITH (old) settings, load-url=wrong:1',
      '[table-rule.1]',
      '',
      'flink.starrocks.load-url=fe:8030',
      '  flink.starrocks.jdbc-url = jdbc:mysql://fe:9030?a=b  ',
      'password =',
      'flink.starrocks.sink.properties.column_separator=\\x01',
      "username = o'neill",
    ];
    const expected = {
      'load-url': 'fe:8030',
      'jdbc-url': 'jdbc:mysql://fe:9030?a=b',
      password: '',
      'sink.properties.column_separator': '\\x01',
      username: "o'neill",
    };
    expect(optionsFromText(text.join('\n'))).toEqual(expected);
    expect(optionsFromText(text.join('\r\n'))).toEqual(expected);
  });
});

describe('options from variables', () => {
  it('have a variable of their own each', () => {
    expect(variableOf('sink.max-retries')).toBe('STARROCKS_SINK_MAX_RETRIES');
    expect(new Set(optionNames.map(variableOf)).size).toBe(optionNames.length);
  });

  it('leave the variables of other programs alone', () => {
    expect(
      optionsFromVariables({ PATH: '/bin', STARROCKS_HOME: '/opt', SINK_X: '1', STARROCKS_USERNAME: 'u' }),
    ).toEqual({
      username: 'u',
    });
  });

  it('name a variable that was meant for the sink and is no option', () => {
    const found = problems(optionsFromVariables({ STARROCKS_SINK_MAX_RETRYS: '1' }));
    expect(found).toEqual([expect.stringContaining('STARROCKS_SINK_MAX_RETRYS is not an option')]);
  });

  it('come back as they were written', () => {
    const raw = {
      ...minimal,
      password: 'p=,; "',
      'load-url': 'fe1:8030;fe2:8030',
      'sink.tables.allow': ['sales.*', 'hr.people'],
      'sink.redirect.map': { '10.0.0.5:8040': 'be1:8040' },
      'sink.ignore.update-before': false,
      'sink.max-retries': 3,
      'sink.properties.column_separator': '\\x01',
      'sink.properties.Format': 'csv',
    };
    const variables = variablesFromOptions(raw);
    expect(Object.values(variables).every((value) => typeof value === 'string')).toBe(true);
    expect(parsed(optionsFromVariables(variables))).toEqual(parsed(raw));
  });
});
