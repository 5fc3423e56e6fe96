import { describe, expect, it } from 'vitest';
import { sabotages } from './sabotage.ts';
import { simulate } from './simulate.ts';
import type { Fault } from './unreliable.ts';
import { calm } from './world.ts';

const schedules = 600;
const mostRunsToFindAFault = 10_000;

describe.each(['exactly-once', 'at-least-once'] as const)('%s', (semantic) => {
  it(`holds its promise in ${schedules} schedules of crashes, lost answers, aborts and redeliveries`, {
    timeout: 300_000,
  }, async () => {
    let committed = 0;
    let segments = 0;
    for (let seed = 1; seed <= schedules; seed++) {
      const { violations, ...result } = await simulate({ seed, semantic });
      expect(violations, `seed ${seed}`).toEqual([]);
      committed += result.committedRows;
      segments += result.segments;
    }
    // The schedules did something: rows arrived, and many of them by way of segments.
    expect(committed).toBeGreaterThan(schedules);
    expect(segments).toBeGreaterThan(schedules / 4);
  });

  it('holds it whichever single call fails, in whichever way', { timeout: 300_000 }, async () => {
    let schedules = 0;
    for (const fault of Object.keys(calm) as Fault[]) {
      for (let call = 1, calls = 1; call <= calls; call++) {
        const result = await simulate({ seed: 3, semantic, only: { call, fault } });
        expect(result.violations, `call ${call}: ${fault}`).toEqual([]);
        calls = result.calls;
        schedules++;
      }
    }
    expect(schedules).toBeGreaterThan(semantic === 'exactly-once' ? 100 : 20);
  });

  it('replays a schedule from its seed', async () => {
    expect(await simulate({ seed: 7, semantic })).toEqual(await simulate({ seed: 7, semantic }));
  });
});

describe('the invariants', () => {
  it.each(Object.entries(sabotages))('notice a ledger %s', { timeout: 300_000 }, async (_, sabotage) => {
    const found = await firstViolation(sabotage);
    expect(found).toContainEqual(
      expect.stringMatching(/committed \d times|is lost|not committed|not kept|stays prepared|not delivered/),
    );
  });
});

async function firstViolation(sabotage: (typeof sabotages)[keyof typeof sabotages]): Promise<readonly string[]> {
  for (let seed = 1; seed <= mostRunsToFindAFault; seed++) {
    const { violations } = await simulate({ seed, semantic: 'exactly-once', sabotage });
    if (violations.length > 0) return violations;
  }
  return [];
}
