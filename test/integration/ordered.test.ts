import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultMessages } from '../../local/starrocks/faults.ts';
import { openStack } from './delivery-world.ts';

const count = 12;
const inOrder = Array.from({ length: count }, (_, index) => String(index + 1));

describe.each(['exactly-once', 'at-least-once'])('a FIFO rows queue, %s', (semantic) => {
  let sink: Awaited<ReturnType<typeof openStack>>;
  beforeAll(async () => {
    sink = await openStack({ fifo: true, options: { 'sink.semantic': semantic } });
  });
  afterAll(() => sink.close());

  const loadOf = semantic === 'exactly-once' ? 'prepare' : 'stream_load';
  /** Sends every row as a message of its own. */
  async function send(table: string, group?: string): Promise<void> {
    for (const id of inOrder) await sink.send(table, [{ id: Number(id) }], { group });
  }

  it('loads the rows of a table in the order in which they were sent, by way of segments', async () => {
    const table = await sink.createTable();
    await send(table);
    await sink.idle();
    expect(await sink.rows(table)).toEqual(inOrder);
    expect((await sink.keys(`segments/d.${table}/`)).length).toBeGreaterThan(0);
  });

  it('keeps the order of each group', async () => {
    const table = await sink.createTable();
    await Promise.all(['a', 'b'].map((group) => send(table, group)));
    await sink.idle();
    const rows = await sink.rows(table);
    expect(rows).toHaveLength(2 * count);
    // Each id is there twice, and no later one stands before both of them.
    for (const [index, id] of inOrder.entries()) {
      const next = inOrder[index + 1];
      if (next !== undefined) expect(rows.indexOf(id)).toBeLessThan(rows.lastIndexOf(next));
    }
  });

  it.each([
    ['a load that fails', 'StarRocks'],
    ['a segment that is not written', 'PutObject'],
    ['a segment that cannot be read', 'GetObject'],
    ['a pointer that is not sent', 'SendMessage'],
  ])('loads nothing before what stands behind %s', async (_, where) => {
    const table = await sink.createTable();
    const aws = { PutObject: /segments\//, GetObject: /segments\//, SendMessage: /load/ }[where];
    if (aws === undefined) {
      const action = { kind: 'fail', message: faultMessages.shuttingDown } as const;
      sink.starrocks.faults.add({ on: loadOf, at: 'be', times: 2, do: action });
    } else sink.aws.faults.add({ action: where, where: aws, status: 500, times: 2 });
    await send(table);
    await sink.idle();
    expect(sink.aws.faults.waiting).toBe(0);
    expect(await sink.rows(table)).toEqual(inOrder);
  });

  it('leaves the last of many versions of a row in a primary-key table', async () => {
    const table = await sink.createTable('primary');
    for (const v of inOrder) await sink.send(table, [{ id: 1, v: Number(v) }]);
    await sink.idle();
    expect(await sink.rows(table)).toEqual([`1=${count}`]);
  });
});
