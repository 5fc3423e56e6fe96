import { describe, expect, it } from 'vitest';
import { fuzzOnce } from '../fuzz/fuzz.ts';
import { runs } from '../property-runs.ts';

describe('inputs that nobody meant', () => {
  it('are rows or are refused: nothing throws, no row is invented, no prototype is changed', async () => {
    for (let number = 0; number < runs(1500); number++)
      expect(await fuzzOnce(2026, number, { mostCpuMs: Number.POSITIVE_INFINITY })).toBeUndefined();
  });
});
