import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import type { LoadResult } from '../../src/ports.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk } from '../builders.ts';
import { runs } from '../property-runs.ts';
import { isBad, layouts, refusal, setUp } from './bad-rows-world.ts';

describe('the search for bad rows', () => {
  const rows = Array.from({ length: 100 }, (_, id) => `{"id":${id},"v":"${id % 3 === 0 ? 'bad' : ''}"}`);

  it('ends within its bound, and goes on there with the next delivery', async () => {
    const { run, rejected, loads, inTable } = setUp({ searches: 40 });
    const item = layouts['lines']?.(rows) as Chunk;
    for (let deliveries = 1; ; deliveries++) {
      const before = loads();
      const outcome = await run(item);
      expect(loads() - before).toBeLessThanOrEqual(1 + 40);
      if (outcome?.verdict === 'ack') break;
      expect(outcome).toMatchObject({ verdict: 'retry', code: 'ROWS_REFUSED' });
      expect(rejected()).toEqual([]);
      expect(deliveries).toBeLessThan(12);
    }
    expect(rejected().flatMap(({ rows }) => rows)).toHaveLength(34);
    expect(inTable.toSorted()).toEqual(rows.filter((row) => !isBad(row)).toSorted());
  });

  it('takes at most twice the bad rows times the logarithm of all rows, when StarRocks says nothing of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat({ max: 499 }), { maxLength: 6 }), async (bad) => {
        const { run, loads, rejected } = setUp();
        const texts = Array.from({ length: 500 }, (_, id) => `{"id":${id},"v":"${bad.includes(id) ? 'bad' : ''}"}`);
        expect(await run(layouts['lines']?.(texts) as Chunk)).toEqual({ verdict: 'ack' });
        expect(loads()).toBeLessThanOrEqual(1 + 2 * bad.length * Math.ceil(Math.log2(500)));
        expect(rejected().flatMap(({ rows }) => rows)).toHaveLength(bad.length);
      }),
      { numRuns: runs(40) },
    );
  });

  it('is over after a few loads when StarRocks names the rows, fifty at a time, and keeps its reasons', async () => {
    const logOf = (sent: readonly string[]) =>
      sent
        .filter(isBad)
        .slice(0, 50)
        .map((row) => `Error: Value length is beyond the capacity. column=v, capacity=2. Row: ${row}\n`)
        .join('');
    const { run, loads, rejected, inTable } = setUp({
      answer: (sent) =>
        sent.some(isBad)
          ? ({ ...refusal('too many filtered rows'), state: 'refused', errorLog: logOf(sent) } as LoadResult)
          : undefined,
    });
    const many = Array.from({ length: 1725 }, (_, id) => `{"id":${id},"v":"${id % 6 === 0 ? 'bad' : ''}"}`);
    expect(await run(layouts['lines']?.(many) as Chunk)).toEqual({ verdict: 'ack' });
    expect(loads()).toBeLessThanOrEqual(1 + Math.ceil(288 / 50));
    const kept = rejected().flatMap(({ rows }) => rows);
    expect(kept).toHaveLength(288);
    expect(kept[0]).toMatchObject({
      row: 0,
      code: 'ROWS_REFUSED',
      column: 'v',
      reason: expect.stringContaining('beyond the capacity'),
    });
    expect(inTable).toHaveLength(1725 - 288);
  });

  it('goes on behind the rows that StarRocks named before, though a delivery has time for one load of it only', async () => {
    const logOf = (sent: readonly string[]) =>
      sent
        .filter(isBad)
        .slice(0, 50)
        .map((row) => `Error: Value. Row: ${row}\n`);
    const { run, rejected, inTable } = setUp({
      answer: (sent) =>
        sent.some(isBad)
          ? ({ ...refusal('too many filtered rows'), state: 'refused', errorLog: logOf(sent).join('') } as LoadResult)
          : undefined,
      searches: 1,
    });
    const many = Array.from({ length: 1725 }, (_, id) => `{"id":${id},"v":"${id % 6 === 0 ? 'bad' : ''}"}`);
    const verdicts: unknown[] = [];
    while (verdicts.at(-1) !== 'ack' && verdicts.length < 20) {
      verdicts.push((await run(layouts['lines']?.(many) as Chunk))?.verdict);
    }
    // The first names 50 and 50 more; each later one at least as many as its one load of the rest names.
    expect(verdicts.length).toBeLessThanOrEqual(Math.ceil(288 / 50));
    expect(verdicts.at(-1)).toBe('ack');
    expect(rejected().flatMap(({ rows }) => rows)).toHaveLength(288);
    expect(inTable.toSorted()).toEqual(many.filter((row) => !isBad(row)).toSorted());
  });

  it('keeps time behind its last load, to write down what it found', async () => {
    const { run, deadlines } = setUp();
    await run(layouts['lines']?.(rows.slice(0, 10)) as Chunk);
    const [first, ...search] = deadlines;
    expect(first).toBe(60_000);
    expect(new Set(search)).toEqual(new Set([58_000]));
  });

  it('ends when StarRocks fails for another reason', async () => {
    const { run, rejected } = setUp({
      answer: (sent) =>
        sent.length < 5 ? { state: 'refused', kind: 'throttled', message: 'too many versions' } : undefined,
    });
    expect(await run(layouts['lines']?.(rows.slice(0, 12)) as Chunk)).toMatchObject({ verdict: 'retry' });
    expect(rejected()).toEqual([]);
  });

  it('is left for later when the payload cannot be read again', async () => {
    const { run, rejected } = setUp();
    let opened = 0;
    const gone = chunk({
      ...{ layout: 'items' as const, text: '', rows: 2, bytes: 21 },
      async *source() {
        if (++opened > 1) throw new SinkError('SEGMENT_UNREADABLE', 'rows/k: NoSuchKey.');
        yield Buffer.from('{"id":1},{"v":"bad!"}');
      },
    });
    expect(await run(gone)).toMatchObject({ verdict: 'retry', code: 'SEGMENT_UNREADABLE' });
    expect(rejected()).toEqual([]);
  });
});
