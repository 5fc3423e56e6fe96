import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../local/starrocks/faults.ts';
import type { Operation } from '../../local/starrocks/spy.ts';
import { message, openWorkers, rowsOf, sorted } from './delivery-world.ts';

const minute = 60_000;

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers();
});
afterAll(() => world.close());

const records = (table: string) => [
  message('m1', table, rowsOf(1, 5), `${table}-c1`),
  message('m2', table, rowsOf(6, 10), `${table}-c2`),
];
const expected = rowsOf(1, 10).map(({ id }) => String(id));

type Before = Extract<FaultAction, { kind: 'hold' }>['before'];

/** Stops the first worker that makes this call for the table: before it is looked at, or before it is answered. */
async function stopAt(table: string, on: Operation, before: Before) {
  const at = on === 'commit' ? 'fe' : 'be';
  const match = { label: new RegExp(`-${table}-`) };
  const fault = world.starrocks.faults.add({ on, at, match, do: { kind: 'hold', before: before ?? 'call' } });
  const worker = world.worker();
  const answer = worker.ingest(records(table));
  const call = await world.starrocks.spy.waitFor(
    ({ operation, label, at: side }) => operation === on && side === at && match.label.test(label),
  );
  return { answer, codes: worker.codes, release: fault.release, label: call.label };
}

const steps = (['begin', 'load', 'prepare', 'commit'] as const).flatMap((on) =>
  (['call', 'answer'] as const).map((before) => [on, before] as const),
);

describe('a worker that stops, and goes on after all, has its rows in the table once', () => {
  it.each(steps)('at %s, before the %s, while another takes its messages over', async (on, before) => {
    const table = await world.createTable();
    const first = await stopAt(table, on, before);
    const second = world.worker({ aheadMs: 16 * minute });
    expect(await second.ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
    first.release();
    await first.answer;
    expect(sorted(await world.rows(table))).toEqual(expected);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
  });

  it.each(steps)('at %s, before the %s, while another gets the same messages at once', async (on, before) => {
    const table = await world.createTable();
    const first = await stopAt(table, on, before);
    const second = await world.worker().ingest(records(table));
    first.release();
    await first.answer;
    // What was given back comes again.
    const again = records(table).filter(({ messageId }) => second.includes(messageId));
    expect(await world.worker().ingest(again)).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
  });

  it('when its batch and the other overlap by one chunk', async () => {
    const table = await world.createTable();
    const first = await stopAt(table, 'prepare', 'call');
    const later = world.worker({ aheadMs: 16 * minute });
    const [, shared] = records(table);
    const others = [shared!, message('m3', table, rowsOf(11, 12), `${table}-c3`)];
    expect(await later.ingest(others)).toEqual([]);
    first.release();
    await first.answer;
    expect(await world.worker({ aheadMs: 16 * minute }).ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual([...expected, '11', '12']);
  });
});

describe('messages of a worker that is at work', () => {
  it('are given back while its claim is young', async () => {
    const table = await world.createTable();
    const first = await stopAt(table, 'prepare', 'answer');
    const second = world.worker();
    await world.claimed(table, 2);
    expect(await second.ingest(records(table))).toEqual(['m1', 'm2']);
    first.release();
    expect(await first.answer).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
  });
});

describe('messages of a worker that does not come back', () => {
  it('are taken over when its function cannot be running any more, as its timeout of a minute says', async () => {
    const table = await world.createTable();
    const first = await stopAt(table, 'prepare', 'call');
    await world.claimed(table, 2);
    expect(await world.worker({ aheadMs: minute / 2 }).ingest(records(table))).toEqual(['m1', 'm2']);
    expect(await world.worker({ aheadMs: minute + 10_000 }).ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
    first.release();
    await first.answer;
    expect(sorted(await world.rows(table))).toEqual(expected);
  });
});

describe('a worker that dies behind its decision', () => {
  it('is helped to its end at once, by whoever gets its messages', async () => {
    const table = await world.createTable();
    await stopAt(table, 'commit', 'call');
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
  });

  it('leaves its messages to a person when StarRocks has forgotten what became of its label', async () => {
    const table = await world.createTable();
    await stopAt(table, 'commit', 'answer');
    await world.visible(table);
    world.starrocks.faults.evictLabels(1000);
    const second = world.worker();
    expect(await second.ingest(records(table))).toEqual(['m1', 'm2']);
    expect(second.metrics).toContain('Undecided');
    expect(sorted(await world.rows(table))).toEqual(expected);
  });

  it('loses nothing when an operator aborts its rows and StarRocks forgets that too: they wait for a person', async () => {
    const table = await world.createTable();
    const { label } = await stopAt(table, 'commit', 'call');
    world.starrocks.faults.abort('d', label, 'by an operator');
    world.starrocks.faults.evictLabels(1000);
    const second = world.worker();
    expect(await second.ingest(records(table))).toEqual(['m1', 'm2']);
    expect(second.metrics).toContain('Undecided');
    expect(await world.rows(table)).toEqual([]);
  });

  it('is taken over when an operator aborts what it had prepared', async () => {
    const table = await world.createTable();
    const first = await stopAt(table, 'commit', 'call');
    world.starrocks.faults.abort('d', first.label, 'by an operator');
    expect(await world.worker().ingest(records(table))).toEqual([]);
    first.release();
    await first.answer;
    expect(sorted(await world.rows(table))).toEqual(expected);
  });
});
