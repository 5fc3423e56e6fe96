import { describe, expect, it } from 'vitest';
import type { RawOptions } from '../../src/options/parse.ts';
import { parsed, problems } from './options-problems.ts';

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
