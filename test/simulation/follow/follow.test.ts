import { describe, expect, it } from 'vitest';
import type { Fault } from '../unreliable.ts';
import { calm } from '../world.ts';
import { sabotages } from './sabotage.ts';
import { simulateFollow } from './simulate.ts';

const schedules = 150;
const mostRunsToFindAFault = 2000;

describe('followers of a database', () => {
  it(`lose nothing, double nothing and keep the order in ${schedules} schedules of crashes, lost answers and takeovers`, {
    timeout: 300_000,
  }, async () => {
    let [chunks, fenced, epochs] = [0, 0, 0];
    for (let seed = 1; seed <= schedules; seed++) {
      const result = await simulateFollow({ seed });
      expect(result.violations, `seed ${seed}`).toEqual([]);
      chunks += result.chunks;
      fenced += result.fenced;
      epochs += result.epochs;
    }
    // The schedules did something: followers took over from each other, and some that went on were fenced.
    expect(chunks).toBeGreaterThan(schedules * 20);
    expect(epochs).toBeGreaterThan(schedules * 5);
    expect(fenced).toBeGreaterThan(schedules / 10);
  });

  it('keep it whichever single call fails, in whichever way', { timeout: 300_000 }, async () => {
    let schedules = 0;
    for (const fault of Object.keys(calm) as Fault[]) {
      for (let call = 1, calls = 1; call <= Math.min(calls, 40); call++) {
        const result = await simulateFollow({ seed: 5, only: { call, fault } });
        expect(result.violations, `call ${call}: ${fault}`).toEqual([]);
        calls = result.calls;
        schedules++;
      }
    }
    expect(schedules).toBeGreaterThan(150);
  });

  it('replay a schedule from its seed', async () => {
    expect(await simulateFollow({ seed: 7 })).toEqual(await simulateFollow({ seed: 7 }));
  });
});

describe('the invariants', () => {
  it.each(Object.entries(sabotages))('notice a journal %s', { timeout: 300_000 }, async (_, sabotage) => {
    let found: readonly string[] = [];
    for (let seed = 1; seed <= mostRunsToFindAFault && found.length === 0; seed++)
      found = (await simulateFollow({ seed, sabotage })).violations;
    expect(found).toContainEqual(
      expect.stringMatching(/the history of|the mirror differs|holds other rows|holds a row twice/),
    );
  });
});
