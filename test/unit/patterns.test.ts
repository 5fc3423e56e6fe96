import { describe, expect, it } from 'vitest';
import { underClock } from '../../src/kit/patterns.ts';

describe('a question under a clock', () => {
  it('is asked again when it was stopped without having had the processor', () => {
    let asked = 0;
    const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
    const ask = underClock((text: string) => {
      asked += 1;
      if (asked < 3) Atomics.wait(nobodyWakes, 0, 0);
      return text.length;
    }, 20);
    expect([ask('abc'), asked]).toEqual([3, 3]);
  });

  it('ends when it is busy without end', () => {
    const ask = underClock((text: string) => /^(a+)+$/.test(text), 20);
    expect(() => ask(`${'a'.repeat(50)}!`)).toThrow(expect.objectContaining({ code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' }));
    expect(ask('aaa')).toBe(true);
  });

  it('gives what the question throws', () => {
    let asked = 0;
    const ask = underClock(() => {
      asked += 1;
      throw new RangeError('of its own');
    }, 1000);
    expect(() => ask(undefined)).toThrow(RangeError);
    expect(asked).toBe(1);
  });
});
