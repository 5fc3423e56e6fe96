import { describe, expect, it } from 'vitest';
import { secretsOf, watchOutput } from '../../bench/watched-output.ts';

describe('what processes print in a run of chaos', () => {
  it('breaks a promise when a line holds a row or a password, wherever it stands', () => {
    const output = watchOutput({ 'a cell': 'so many words', ...secretsOf({ username: 'u', password: 'hush' }) });
    output.note('{"message":"loaded","rows":3}');
    expect(output.brokenPromises()).toEqual([]);
    output.note('{"message":"not loaded","reason":"in a row: so many words"}');
    output.note(`{"detail":"Authorization: Basic ${Buffer.from('u:hush').toString('base64')}"}`);
    expect(output.brokenPromises()).toEqual([
      expect.stringMatching(/^the log holds a cell: .*not loaded/),
      expect.stringMatching(/^the log holds the password in a header: /),
    ]);
  });

  it('breaks one when nothing is printed: then nothing was looked at', () => {
    expect(watchOutput({ 'a cell': 'x' }).brokenPromises()).toEqual([expect.stringMatching(/^nothing was logged/)]);
  });
});
