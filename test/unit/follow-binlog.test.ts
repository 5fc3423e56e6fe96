import { describe, expect, it } from 'vitest';
import { Gathering } from '../../src/follow/gathering.ts';
import { type BinlogDeps, binlogPortions } from '../../src/follow/mysql/binlog-portions.ts';
import { keepTables, openTables } from '../../src/follow/mysql/known-tables.ts';
import type { BinlogPlace } from '../../src/follow/mysql/place.ts';
import type { Portion } from '../../src/follow/outgoing.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { RowChange, SourceEvent, SourcePosition } from '../../src/mysql/follow/source.ts';
import type { Body } from '../../src/ports.ts';

const shape = { database: 'shop', table: 'orders', columns: [{ name: 'id', kind: 'number' }] } as const;
const lane = { database: 'd', table: 'orders', group: 'd.orders' };
const at = (gtid: string): SourcePosition => ({ gtid, file: '', offset: 0 });
const begin = (gtid: string): SourceEvent => ({ kind: 'begin', gtid, atMs: 1000 });
const commit = (gtid: string): SourceEvent => ({ kind: 'commit', position: at(gtid), atMs: 2000 });
const row = (index: number, id = index): RowChange => ({
  ...{ kind: 'row', shape, operation: 'insert', after: [String(id)], index },
});
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index));

const memory = () => {
  const stored = new Map<string, string>();
  return {
    putBody: async (key: string, { open }: Body) => {
      stored.set(key, Buffer.concat(await Array.fromAsync(open())).toString());
    },
    getText: async (key: string) => {
      const text = stored.get(key);
      return text === undefined ? undefined : { text, etag: '1' };
    },
  };
};
/** Tables that are known: all of them, unless some are told. */
async function tablesOf(known?: readonly { database: string; table: string }[]) {
  let ids = 0;
  const deps = { name: 'shop', objects: memory(), newId: () => String(ids++) };
  return await openTables(known && (await keepTables(known, deps)), deps);
}

async function portionsOf(
  batches: AsyncIterable<readonly SourceEvent[]> | readonly (readonly SourceEvent[])[],
  from: BinlogPlace = { phase: 'binlog', position: at('g0') },
  {
    portionBytes = 1_000_000,
    flushMs = 60_000,
    until = new AbortController().signal,
    ...more
  }: Partial<BinlogDeps> & { portionBytes?: number; until?: AbortSignal } = {},
) {
  const said: string[] = [];
  const found: Portion<BinlogPlace>[] = [];
  const portions = binlogPortions(from, until, {
    ...{ tables: await tablesOf(), routes: 'r1' },
    async *open() {
      yield* batches;
    },
    rowsOf: ({ after }) => [{ lane, text: String(after?.[0]) }],
    onSchemaChange: async ({ statement, table }) => {
      said.push(`${statement} of ${table} behind ${found.length} portions`);
    },
    ...{ gathering: new Gathering({ portionBytes, chunkBytes: 1000 }), flushMs, clock: systemClock, ...more },
  });
  let failure: unknown;
  try {
    for await (const portion of portions) found.push(portion);
  } catch (error) {
    failure = error;
  }
  return { found, said, failure };
}

/** So many rows were read, and have versions. */
const read = (rows: number) => ({ versions: { sinceMs: 0, rows } });

const textsOf = (found: readonly Portion<BinlogPlace>[]) =>
  found.map(({ chunks }) => chunks.flatMap((chunk) => chunk.rows).join(' '));

describe('the binlog, cut into portions', () => {
  it('holds the rows of several transactions, and ends behind the last', async () => {
    const { found } = await portionsOf([
      [begin('g1'), row(0), row(1), commit('g1')],
      [begin('g2'), row(0, 7), commit('g2')],
    ]);
    expect(textsOf(found)).toEqual(['0 1 7']);
    expect(found[0]?.next).toEqual({ phase: 'binlog', position: at('g2'), ...read(3) });
    expect(found[0]?.committedMs).toBe(2000);
  });

  it('parts a large transaction, and goes on inside of it', async () => {
    const whole = [begin('g1'), ...rows(6), commit('g1')];
    const { found } = await portionsOf([whole], undefined, { portionBytes: 6 });
    expect(textsOf(found)).toEqual(['0 1 2', '3 4 5', '']);
    const inside = found[0]?.next;
    expect(inside).toEqual({
      phase: 'binlog',
      position: at('g0'),
      inside: [{ gtid: 'g1', rows: 3, routes: 'r1' }],
      ...read(3),
    });
    const again = await portionsOf([whole], inside);
    expect(textsOf(again.found)).toEqual(['3 4 5']);
    expect(again.found[0]?.next).toEqual({ phase: 'binlog', position: at('g1'), ...read(6) });
  });

  it('keeps how far it got inside of a transaction that others overtake', async () => {
    const from: BinlogPlace = { phase: 'binlog', position: at('g0'), inside: [{ gtid: 'g1', rows: 2 }] };
    const { found } = await portionsOf(
      [
        [begin('x1'), row(0, 9), commit('x1')],
        [begin('g1'), ...rows(3)],
      ],
      from,
      {
        portionBytes: 2,
      },
    );
    expect(textsOf(found)).toEqual(['9', '2']);
    const both = [
      { gtid: 'g1', rows: 2, routes: 'r1' },
      { gtid: 'x1', rows: 1, routes: 'r1' },
    ];
    expect(found[0]?.next).toEqual({ phase: 'binlog', position: at('g0'), inside: both, ...read(1) });
    expect(found[1]?.next).toEqual({
      phase: 'binlog',
      position: at('x1'),
      inside: [{ gtid: 'g1', rows: 3, routes: 'r1' }],
      ...read(2),
    });
  });

  it('gives what was read before a schema change, then does what it asks for', async () => {
    const change: SourceEvent = {
      ...{ kind: 'schema-change', database: 'shop', table: 'orders', change: 'alter', statement: 'ALTER' },
    };
    const { found, said } = await portionsOf([[begin('g1'), row(0), commit('g1'), begin('g2'), change, commit('g2')]]);
    expect(said).toEqual(['ALTER of orders behind 1 portions']);
    expect(textsOf(found)).toEqual(['0', '']);
  });

  it('does not go on inside of a transaction whose rows other routes counted', async () => {
    const from: BinlogPlace = { phase: 'binlog', position: at('g0'), inside: [{ gtid: 'g1', rows: 2, routes: 'r0' }] };
    const { found, failure } = await portionsOf([[begin('g1'), ...rows(3), commit('g1')]], from);
    expect(found).toEqual([]);
    expect(failure).toMatchObject({ code: 'SOURCE_ROUTES_CHANGED' });
  });

  it('stops at a row of a table that was there before a route took it', async () => {
    const tables = await tablesOf([{ database: 'shop', table: 'orders' }]);
    const other: RowChange = { ...row(1), shape: { ...shape, table: 'old' } };
    const { found, failure } = await portionsOf([[begin('g1'), row(0), other, commit('g1')]], undefined, { tables });
    expect(textsOf(found)).toEqual(['0']);
    expect(failure).toMatchObject({ code: 'SOURCE_TABLE_UNCOPIED' });
    expect(String(failure)).toContain('shop.old');
  });

  it('knows a table from its creation on, and keeps that with the place', async () => {
    const tables = await tablesOf([{ database: 'shop', table: 'orders' }]);
    const made: SourceEvent = {
      ...{ kind: 'schema-change', database: 'shop', table: 'new', change: 'create', statement: 'CREATE' },
    };
    const events = [begin('g1'), made, commit('g1'), begin('g2'), { ...row(0), shape: { ...shape, table: 'new' } }];
    const first = tables.key;
    const { found, failure } = await portionsOf([[...events, commit('g2')]], undefined, { tables });
    expect(failure).toBeUndefined();
    expect(found.at(-1)?.next).toMatchObject({ tables: tables.key });
    expect(tables.key).not.toBe(first);
  });

  it('asks about every table that was in a database which is dropped', async () => {
    const known = ['a', 'b'].map((table) => ({ database: 'shop', table }));
    const tables = await tablesOf([...known, { database: 'other', table: 'c' }]);
    const gone: SourceEvent = {
      ...{ kind: 'schema-change', database: 'shop', table: '', change: 'drop', statement: 'DROP DATABASE' },
    };
    const { said } = await portionsOf([[begin('g1'), gone, commit('g1')]], undefined, { tables });
    expect(said).toEqual(['a', 'b'].map((table) => `DROP DATABASE of ${table} behind 0 portions`));
  });

  it('gives what was read before it fails', async () => {
    async function* failing() {
      yield [begin('g1'), row(0), commit('g1')];
      throw new SinkError('QUEUE_MISSING', 'a failure.');
    }
    const { found, failure } = await portionsOf(failing());
    expect(textsOf(found)).toEqual(['0']);
    expect(failure).toBeInstanceOf(SinkError);
  });

  it('fails when it is asked again, where the source fails while what it gave is sent', async () => {
    const lost = Promise.withResolvers<void>();
    async function* failing() {
      yield [begin('g1'), row(0), commit('g1')];
      await lost.promise;
    }
    let nowMs = 0;
    const portions = binlogPortions({ phase: 'binlog', position: at('g0') }, new AbortController().signal, {
      ...{ tables: await tablesOf(), routes: 'r1', open: failing, onSchemaChange: async () => undefined, flushMs: 10 },
      rowsOf: () => {
        nowMs += 10;
        return [{ lane, text: '0' }];
      },
      ...{
        gathering: new Gathering({ portionBytes: 100, chunkBytes: 100 }),
        clock: { ...systemClock, now: () => nowMs },
      },
    });
    await portions.next();
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    lost.reject(new SinkError('SOURCE_LOST', 'a failure.'));
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    await expect(portions.next()).rejects.toThrow(SinkError);
  });

  it('gives rows that have waited long enough, although nothing more comes', async () => {
    const over = new AbortController();
    const silence = Promise.withResolvers<void>();
    async function* quiet() {
      yield [begin('g1'), row(0), commit('g1')];
      await silence.promise;
    }
    const portions = binlogPortions({ phase: 'binlog', position: at('g0') }, over.signal, {
      ...{
        tables: await tablesOf(),
        routes: 'r1',
        open: quiet,
        rowsOf: () => [{ lane, text: '0' }],
        onSchemaChange: async () => undefined,
        flushMs: 1,
      },
      ...{ gathering: new Gathering({ portionBytes: 100, chunkBytes: 100 }), clock: systemClock },
    });
    expect((await portions.next()).value?.chunks).toHaveLength(1);
    over.abort();
    silence.resolve();
    expect((await portions.next()).done).toBe(true);
  });
});
