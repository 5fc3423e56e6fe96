import { describe, expect, it } from 'vitest';
import { createCoordinators } from '../../local/starrocks/http/coordinators.ts';
import { createRounds } from '../../local/starrocks/http/rounds.ts';
import { releaseTraits } from '../../local/starrocks/release.ts';

describe('the memory of which backend serves a label', () => {
  it('holds so many labels of each backend, those used last (fact 8)', () => {
    const coordinators = createCoordinators({ perBackend: 2, expireMs: Number.POSITIVE_INFINITY }, () => 0);
    coordinators.set('a', 0);
    coordinators.set('b', 0);
    coordinators.set('other', 1);
    expect(coordinators.get('a')).toBe(0);
    coordinators.set('c', 0);
    expect(['a', 'b', 'c', 'other'].map((label) => coordinators.get(label))).toEqual([0, undefined, 0, 1]);
  });

  it('forgets what was not used for a while, where it has an end', () => {
    let now = 0;
    const coordinators = createCoordinators({ perBackend: 2, expireMs: 1000 }, () => now);
    coordinators.set('a', 0);
    now = 1000;
    expect(coordinators.get('a')).toBe(0);
    now = 2001;
    expect(coordinators.get('a')).toBeUndefined();
  });

  it('is 512 labels of a backend in 3.5', () => {
    expect(releaseTraits['3.5'].coordinators.perBackend).toBe(512);
  });
});

describe('the rounds of a cleaner', () => {
  it('are due every interval since the start, once each, the last one only when several were missed', () => {
    let now = 100;
    const due = createRounds(
      () => 30,
      () => now,
    );
    const at = (time: number) => {
      now = time;
      return due();
    };
    expect([129, 130, 131, 159, 250].map(at)).toEqual([undefined, 130, undefined, undefined, 250]);
  });
});
