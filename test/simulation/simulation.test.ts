import { describe, expect, it } from 'vitest';
import { sabotages } from './sabotage.ts';
import { faultsAtFirstCalls, leastShares } from './shares.ts';
import { simulate } from './simulate.ts';
import { Totals } from './tally.ts';
import type { Fault } from './unreliable.ts';
import { calm } from './world.ts';

const schedules = 600;
const mostRunsToFindAFault = 10_000;
/** Schedules in which, together, every call is made. */
const eachCallSeeds = { 'exactly-once': [21, 104, 11], 'at-least-once': [15, 26] };

describe.each(['exactly-once', 'at-least-once'] as const)('%s', (semantic) => {
  it(`holds its promise in ${schedules} schedules of crashes, lost answers, aborts and redeliveries`, {
    timeout: 300_000,
  }, async () => {
    const totals = new Totals();
    let committed = 0;
    let segments = 0;
    for (let seed = 1; seed <= schedules; seed++) {
      const { violations, ...result } = await simulate({ seed, semantic });
      expect(violations, `seed ${seed}`).toEqual([]);
      totals.add(result.tally);
      committed += result.committedRows;
      segments += result.segments;
    }
    // The schedules did something: rows arrived, and many of them by way of segments.
    expect(committed).toBeGreaterThan(schedules);
    expect(segments).toBeGreaterThan(schedules / 4);
    const tooFew = [...leastShares(semantic)].flatMap(([what, least]) => {
      const found = totals.schedulesWith(what);
      return found === 0 || found / schedules < least / 100 ? [`${found} of ${schedules}: ${what}`] : [];
    });
    expect(tooFew).toEqual([]);
  });

  it('holds it whichever single call fails, in whichever way', { timeout: 300_000 }, async () => {
    const totals = new Totals();
    for (const seed of eachCallSeeds[semantic]) {
      for (const fault of Object.keys(calm) as Fault[]) {
        for (let call = 1, calls = 1; call <= calls; call++) {
          const result = await simulate({ seed, semantic, only: { call, fault } });
          expect(result.violations, `seed ${seed}, call ${call}: ${fault}`).toEqual([]);
          calls = result.calls;
          totals.add(result.tally);
        }
      }
    }
    expect(faultsAtFirstCalls(semantic).filter((fault) => totals.schedulesWith(fault) === 0)).toEqual([]);
  });

  it('replays a schedule from its seed', async () => {
    expect(await simulate({ seed: 7, semantic })).toEqual(await simulate({ seed: 7, semantic }));
  });
});

describe('the invariants', () => {
  it.each(Object.entries(sabotages))('notice a ledger %s', { timeout: 300_000 }, async (_, sabotage) => {
    const found = await firstViolation(sabotage);
    expect(found).toContainEqual(
      expect.stringMatching(
        /committed \d times|is lost|not committed|not kept|stays prepared|not delivered|nothing is in doubt/,
      ),
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
