import { describe, expect, it } from 'vitest';
import { acked } from '../../src/delivery/outcomes.ts';
import { identityOfMessage } from '../../src/messages/attributes.ts';
import { chunk } from '../builders.ts';
import { countSteps } from '../count-steps.ts';
import { deadlineMs, openExactlyOnce } from '../exactly-once-world.ts';
import type { BucketCall } from '../fake-bucket.ts';

describe('a batch that is loaded exactly once', () => {
  it('has no marker any more when its end is noted', async () => {
    const { take, keys, decision } = openExactlyOnce();
    expect(await take([chunk()])).toEqual([{ verdict: 'ack' }]);
    expect([decision().state, keys('in-doubt/')]).toEqual(['done', []]);
  });

  it('is joined once, when all of it is claimed', async () => {
    const { take, joins } = openExactlyOnce();
    expect(await take([chunk()])).toEqual([acked]);
    expect(joins()).toBe(1);
  });

  it('leaves its marker when it has begun, and is prepared when the marker is there', async () => {
    const asked: string[] = [];
    let refusals = 5;
    const { take } = openExactlyOnce({
      hear: (command) => void asked.push(command),
      meet({ method, key }) {
        if (method !== 'putText' || !key.startsWith('in-doubt/')) return 'pass';
        asked.push('marker');
        return refusals-- > 0 ? 'refuse' : 'pass';
      },
    });
    expect(await take([chunk()])).toEqual([acked]);
    expect([...new Set(asked)].toSorted()).toEqual(['begin', 'load', 'marker', 'prepare']);
    expect(asked.filter((what) => what === 'marker')).toHaveLength(6);
    expect(asked.indexOf('begin')).toBeLessThan(asked.indexOf('marker'));
    expect(asked.lastIndexOf('marker')).toBeLessThan(asked.indexOf('prepare'));
  });

  it('is rolled back, and never prepared, when S3 does not take its marker', async () => {
    const asked: string[] = [];
    const { take, keys } = openExactlyOnce({
      hear: (command) => void asked.push(command),
      meet: ({ key }) => (key.startsWith('in-doubt/') ? 'refuse' : 'pass'),
    });
    expect(await take([chunk()])).toMatchObject([{ verdict: 'retry', code: 'LEDGER_UNAVAILABLE' }]);
    expect([asked, keys('in-doubt/')]).toEqual([['begin', 'load', 'rollback'], []]);
  });

  it('keeps its marker for the sweep when its end could not be noted, and is acked', async () => {
    const { take, keys, decision, committed } = openExactlyOnce({
      meet: ({ key, condition }) => (key === 'decisions/b' && condition && 'ifMatch' in condition ? 'refuse' : 'pass'),
    });
    expect(await take([chunk()])).toEqual([{ verdict: 'ack' }]);
    expect([decision().state, committed, keys('in-doubt/')]).toEqual([
      'commit',
      ['b-1'],
      [expect.stringMatching(/b-1$/)],
    ]);
  });

  it('is not decided upon behind the deadline: StarRocks may have forgotten it by then', async () => {
    const { take, keys, decision, committed, rolledBack } = openExactlyOnce({ prepareMs: deadlineMs });
    expect(await take([chunk()])).toMatchObject([{ verdict: 'retry', code: 'DEADLINE_NEAR' }]);
    expect([committed, rolledBack, keys('in-doubt/')]).toEqual([[], ['b-1'], []]);
    expect(decision().state).not.toBe('commit');
  });

  it.each([
    [
      'is told of its bad rows when its good ones are in',
      () => 'pass' as const,
      'ack',
      ['not loaded', 'loaded', 'rows rejected'],
    ],
    [
      'is not told of bad rows that come again with its good ones',
      ({ method, key }: BucketCall) => (method === 'putText' && key.startsWith('decisions/') ? 'refuse' : 'pass'),
      'retry',
      ['not loaded', 'not loaded'],
    ],
  ] as const)('%s', async (_, meet, verdict, said) => {
    const { take, told } = openExactlyOnce({ meet });
    const text = '{"id":1}\n{"id":2,"v":"bad"}';
    expect(await take([chunk({ text, rows: 2 })])).toMatchObject([{ verdict }]);
    expect(told).toEqual(said);
  });

  it('asks S3 at most 40 times for 10,000 messages that were sent within two minutes', async () => {
    const { take, calls } = openExactlyOnce();
    const sentMs = (message: number) => Date.UTC(2026, 0, 1) + message * 12;
    const items = Array.from({ length: 10_000 }, (_, message) =>
      chunk({ id: identityOfMessage(`m${message}`, sentMs(message)), text: `{"id":${message}}` }),
    );
    expect(new Set(await take(items))).toEqual(new Set([acked]));
    expect(calls.length).toBeLessThanOrEqual(40);
  });

  it('is searched with work that grows as its rows do', async () => {
    const [few = 0, many = 0] = await countSteps(new URL('../search-of-bad-rows.ts', import.meta.url), [100, 1000]);
    // Ten times the rows: about ten times the steps, and a hundred times where each looks through all others.
    expect(many / few).toBeLessThan(15);
  });
});
