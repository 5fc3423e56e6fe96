import { describe, expect, it } from 'vitest';
import { sabotages } from './sabotage.ts';
import { simulate } from './simulate.ts';
import { Totals } from './tally.ts';
import type { Fault } from './unreliable.ts';
import { calm } from './world.ts';

const schedules = 600;
const mostRunsToFindAFault = 10_000;

/** What the schedules are said to hold, in both semantics. */
const ingredients = [
  ...['world: FIFO queues', 'world: standard queues', 'world: several tables', 'world: several groups'],
  ...['world: all is loaded directly', 'world: all is staged', 'world: large batches are staged'],
  ...['world: bad rows are kept', 'world: bad rows fail their message', 'world: a producer sends a chunk twice'],
  ...['world: clocks up to an hour apart', 'an event of ten messages or more', 'StarRocks counts short'],
  ...['a message comes again', 'a message comes while somebody holds it', 'labels are forgotten'],
];
const ingredientsOfOnce = [
  ...['a worker goes on after it was taken for dead', 'a person is asked', 'the sweep settles a marker'],
  ...[
    'S3 answers 409',
    'S3 answers 412',
    'somebody aborts a transaction in PREPARED',
    'lostAnswer at StarRocks prepare',
  ],
  ...['decision: done', 'decision: void', 'decision: staged', 'world: servers go away for minutes'],
  ...['begin', 'load', 'prepare', 'commit', 'rollback', 'get_load_state'].flatMap((call) =>
    Object.keys(calm).map((fault) => `${fault} at StarRocks ${call}`),
  ),
  ...[
    'get decisions',
    'put claims',
    'put decisions commit',
    'put decisions done',
    'put decisions void',
    'put in-doubt',
    'get in-doubt',
    'list in-doubt',
    'delete in-doubt',
  ].flatMap((call) => Object.keys(calm).map((fault) => `${fault} at S3 ${call}`)),
];

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
    const named = semantic === 'exactly-once' ? [...ingredients, ...ingredientsOfOnce] : ingredients;
    expect(named.filter((what) => totals.schedulesWith(what) === 0)).toEqual([]);
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
