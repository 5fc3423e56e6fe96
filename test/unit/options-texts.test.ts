import { describe, expect, it } from 'vitest';
import { ignoredFlinkOptions } from '../../src/options/ignored-flink-options.ts';
import { optionNames, parseOptions } from '../../src/options/parse.ts';
import { optionsFromText, optionsFromVariables, variableOf, variablesFromOptions } from '../../src/options/sources.ts';
import { minimal, parsed, problems } from './options-problems.ts';

describe('options of Flink that mean nothing here', () => {
  it.each(Object.keys(ignoredFlinkOptions))('%s is taken, and said to be ignored', (name) => {
    const result = parseOptions({ ...minimal, [name]: 'x' });
    expect(result).toMatchObject({ ok: true, notices: [expect.stringMatching(`^${name} is ignored: .+\\.$`)] });
  });

  it.each(Object.keys(ignoredFlinkOptions))('%s is not told to a function, which would refuse it', (name) => {
    const variables = variablesFromOptions({ ...minimal, [name]: 'x' });
    expect(variables).toEqual(variablesFromOptions(minimal));
    expect(problems(optionsFromVariables(variables))).toEqual([]);
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
