import { afterEach, describe, expect, it, vi } from 'vitest';
import { atomically } from '../../src/delivery/atomically.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { joinChunks } from '../../src/rows/body.ts';
import { chunk, csvLayout, destination } from '../builders.ts';
import { batchOf, loadedRows, never, open, prepared, refused, run, semantics } from './load-log-world.ts';

afterEach(() => vi.restoreAllMocks());

describe.each(Object.entries(semantics))('the halves of a load, %s, have no line', (_, deliver) => {
  it('when its rows are refused: they are steps of the search for them', async () => {
    const world = open();
    const items = Array.from({ length: 8 }, (_item, id) =>
      chunk({ id: `c${id}`, text: JSON.stringify({ id, bad: id === 5 }) }),
    );
    const lines = await run(
      world,
      [[batchOf(...items)]],
      deliver(world, async (body, count) => (body.includes('true') ? refused : loadedRows(count))),
    );
    expect(lines).toEqual([expect.objectContaining({ code: 'ROWS_REFUSED', rows: 8 })]);
    expect(world.log.counts).toMatchObject({ LoadsFailed: 1, Loads: 3, RowsLoaded: 7 });
  });
});

describe.each(Object.entries(semantics))('a load of segments of which one cannot be read, %s', (_, deliver) => {
  it('has a line, and the one that cannot be read another', async () => {
    const world = open();
    const items = Array.from({ length: 8 }, (_item, id) =>
      chunk({ id: `c${id}`, text: JSON.stringify({ id, gone: id === 5 }) }),
    );
    const read = async (body: string, count: number) => {
      if (body.includes('true')) throw new SinkError('SEGMENT_UNREADABLE', 'c5: NoSuchKey.');
      return loadedRows(count);
    };
    const lines = await run(world, [[batchOf(...items)]], deliver(world, read));
    expect(lines.map(({ code, rows: count }) => [code, count])).toEqual([
      ['SEGMENT_UNREADABLE', 8],
      ['SEGMENT_UNREADABLE', 1],
    ]);
    expect(world.log.counts).toMatchObject({ LoadsFailed: 2, Loads: 3, RowsLoaded: 7 });
  });
});

describe('the halves of a load have no line', () => {
  it('when it was miscounted: they are steps of the search for the rows', async () => {
    const world = open();
    const items = Array.from({ length: 8 }, (_, id) =>
      chunk({ id: `c${id}`, text: JSON.stringify({ id, short: id === 5 }) }),
    );
    const short = async (body: string, count: number) => loadedRows(body.includes('true') ? count - 1 : count);
    const lines = await run(world, [[batchOf(...items)]], prepared(world, short).delivery);
    expect(lines).toEqual([expect.objectContaining({ code: 'ROWS_REFUSED', rows: 8 })]);
    expect(world.log.counts).toMatchObject({ LoadsFailed: 1, Loads: 3, RowsLoaded: 7 });
  });

  it('when it is one of several tables at once', async () => {
    const world = open();
    const { telemetry } = world.log;
    const load = async ({ parts }: { readonly parts: readonly { readonly body: { open(): unknown } }[] }) => {
      const texts = await Promise.all(
        parts.map(async ({ body }) => Buffer.concat(await Array.fromAsync(body.open() as Uint8Array[])).toString()),
      );
      return texts.join('').includes('true') ? refused : loadedRows(parts.length);
    };
    const items = (table: string) =>
      Array.from({ length: 4 }, (_, id) =>
        chunk({
          id: `c${id}${table}`,
          messageId: `m${id}`,
          text: JSON.stringify({ id, bad: id === 2 && table === 'a' }),
        }),
      );
    const delivery = atomically(
      { take: never },
      { starrocks: { load }, join: joinChunks(csvLayout), labelPrefix: undefined, telemetry },
    );
    const batch = { destination: destination({ table: 'a' }), items: items('a') };
    const other = { destination: destination({ table: 'b' }), items: items('b') };
    const lines = await run(world, [[{ ...batch, others: [other] }]], delivery);
    expect(lines).toEqual([expect.objectContaining({ code: 'ROWS_REFUSED', table: 'shop.a, b', rows: 8 })]);
    expect(world.log.counts).toMatchObject({ LoadsFailed: 1 });
  });
});
