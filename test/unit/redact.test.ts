import { describe, expect, it } from 'vitest';
import { sanitizeErrorLog, sanitizeMessage } from '../../src/starrocks/redact.ts';

describe('an error log', () => {
  it.each([
    [
      "Error: NULL value in non-nullable column 'name'. Row: [1, NULL, 'secret']",
      "Error: NULL value in non-nullable column 'name'. Row: [redacted]",
    ],
    [
      "Error: Value 'secret' is out of range. The type of 'c' is INT",
      "Error: Value [redacted] is out of range. The type of 'c' is INT",
    ],
    [
      "Error: Value 'it's secret' is out of range. The type of 'c' is INT",
      "Error: Value [redacted] is out of range. The type of 'c' is INT",
    ],
    [
      'Error: Value is overflow. column=c, value=secret. Row: {"a":1}',
      'Error: Value is overflow. column=c, value=[redacted]',
    ],
    [
      'Error: The field (name = c, pos = 1) is out of range. Type: INT, Value length: 6, Value: secret',
      'Error: The field (name = c, pos = 1) is out of range. Type: INT, Value length: 6, Value: [redacted]',
    ],
    [
      'Reason: cannot cast "secret" to INT. src line: [secret]',
      'Reason: cannot cast [redacted] to INT. src line: [redacted]',
    ],
  ])('keeps reason and column of %j', (line, expected) => {
    expect(sanitizeErrorLog(line)).toBe(expected);
  });

  it('drops the rest of a row that has line breaks in it', () => {
    expect(sanitizeErrorLog('Error: bad. Row: ["one\nsecret"]\nError: worse. Row: [2]')).toBe(
      'Error: bad. Row: [redacted]\nError: worse. Row: [redacted]',
    );
  });
});

it('a message keeps names and loses values', () => {
  expect(sanitizeMessage('unknown table "d.t"')).toBe('unknown table "d.t"');
  expect(sanitizeMessage('illegal json started with s3cret')).toBe('illegal json started with [redacted]');
  expect(sanitizeMessage('x'.repeat(2_000)).length).toBeLessThan(510);
});
