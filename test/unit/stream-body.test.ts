import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../src/rows/batch.ts';
import { joinChunks, joinSegment } from '../../src/rows/body.ts';
import { inflateStream } from '../../src/rows/inflate-stream.ts';
import { joinStreams } from '../../src/rows/stream-body.ts';
import { chunk, csvLayout, destination } from '../builders.ts';

const json = destination();
const csv = destination({ headers: { format: 'csv' } });
const item = (id: string, bytes: number, rows = 1): Item => ({ id, rows, bytes });

/** Streams that log when they are asked and when they are closed. */
function logged(contents: Readonly<Record<string, readonly (string | Error)[]>>) {
  const log: string[] = [];
  async function* open({ id }: Item): AsyncGenerator<Uint8Array> {
    log.push(`open ${id}`);
    try {
      for (const piece of contents[id] ?? []) {
        if (piece instanceof Error) throw piece;
        yield Buffer.from(piece);
      }
    } finally {
      log.push(`close ${id}`);
    }
  }
  return { log, open };
}

async function textOf(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(source)).toString();
}

describe('joinStreams', () => {
  it('gives the bytes it promised, for any items in any pieces, as often as it is opened', async () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '😀') }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(pieces, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(json, csv),
        fc.boolean(),
        async (all, to, isWhole) => {
          const { open } = logged(Object.fromEntries(all.entries()));
          const items = all.map((each, id) => item(String(id), Buffer.byteLength(each.join('')), id));
          const { body, rows } = joinStreams(open, isWhole)(items, to);
          const texts = all.map((each) => each.join(''));
          const joined = to === csv ? texts.join('') : isWhole ? `[${texts.join(',')}]` : texts.join(',');
          expect([await textOf(body.open()), await textOf(body.open())]).toEqual([joined, joined]);
          expect(body.bytes).toBe(Buffer.byteLength(joined));
          expect(rows).toBe((all.length * (all.length - 1)) / 2);
        },
      ),
    );
  });

  it.each([
    ['fewer', ['{"a":1}', '{"b"'], 1],
    ['more', ['{"a":1}', '{"b":2} '], 1],
    ['none', ['{"a":1}'], 1],
    ['more at once', ['{"a":1}{}', '{"b":2}'], 0],
  ])('does not come to an end when an item has %s of its bytes', async (_, texts, bad) => {
    const { log, open } = logged(Object.fromEntries(texts.entries().map(([id, text]) => [id, [text]])));
    const { body } = joinStreams(open)([item('0', 7), item('1', 7), item('2', 0)], json);
    const sent: string[] = [];
    const reading = (async () => {
      for await (const piece of body.open()) sent.push(piece.toString());
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'SEGMENT_UNREADABLE',
      detail: expect.stringContaining(`${bad} holds other than its 7 bytes`),
    });
    expect(sent).not.toContain(']');
    expect(Buffer.byteLength(sent.join(''))).toBeLessThan(body.bytes);
    await new Promise(setImmediate);
    expect(closedOf(log)).toEqual(openedOf(log));
  });

  it('asks for the next item before the one that is being sent has ended', async () => {
    const { log, open } = logged({ a: ['1', '2'], b: ['3'], c: ['4'] });
    const reader = joinStreams(open)([item('a', 2), item('b', 1), item('c', 1)], csv).body.open();
    for await (const piece of reader) log.push(`read ${piece}`);
    expect(log).toEqual([
      ...['open a', 'open b', 'read 1', 'read 2', 'close a'],
      ...['open c', 'read 3', 'close b', 'read 4', 'close c'],
    ]);
  });

  it('tells of an item that failed while it was fetched ahead when its turn has come', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const { open } = logged({ a: ['1', '2', '3'], b: [new Error('reset by peer')] });
    const sent: string[] = [];
    const reading = (async () => {
      for await (const piece of joinStreams(open)([item('a', 3), item('b', 1)], csv).body.open()) {
        sent.push(piece.toString());
        // Long enough for Node to notice a rejection that nobody looks at.
        await new Promise(setImmediate);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'SEGMENT_UNREADABLE', detail: 'b: reset by peer.' });
    process.off('unhandledRejection', listen);
    expect(sent).toEqual(['1', '2', '3']);
    expect(unhandled).toEqual([]);
  });

  it('closes what it opened when the load ends early, also what was fetched ahead', async () => {
    const { log, open } = logged({ a: ['1', '2'], b: ['3', '4'], c: ['5'] });
    const { body } = joinStreams(open)([item('a', 2), item('b', 2), item('c', 1)], csv);
    for await (const _ of body.open()) break;
    await new Promise(setImmediate);
    expect(openedOf(log)).toEqual(['a', 'b']);
    expect(closedOf(log)).toEqual(['a', 'b']);
  });

  it('closes what was fetched ahead when an item fails', async () => {
    const { log, open } = logged({ a: ['1', new Error('reset by peer')], b: ['3', '4'] });
    const { body } = joinStreams(open)([item('a', 2), item('b', 2)], csv);
    await expect(textOf(body.open())).rejects.toMatchObject({ code: 'SEGMENT_UNREADABLE' });
    await new Promise(setImmediate);
    expect(closedOf(log)).toEqual(['a', 'b']);
  });
});

const openedOf = (log: readonly string[]) => namesOf(log, 'open ');
const closedOf = (log: readonly string[]) => namesOf(log, 'close ');
const namesOf = (log: readonly string[], what: string) =>
  log
    .filter((line) => line.startsWith(what))
    .map((line) => line.slice(what.length))
    .sort();

describe('joining chunks of which some are streams', () => {
  const streamed = (text: string, rows: number, layout: 'items' | 'csv' = 'items') =>
    chunk({
      ...{ id: 'large', layout, text: '', rows, bytes: Buffer.byteLength(text) },
      async *source() {
        yield Buffer.from(text);
      },
    });

  it.each([
    ['body', joinChunks, '[{"a":1},{"a":"é"},{"b":1},{"b":2},{"c":1}]'],
    ['segment', joinSegment, '{"a":1},{"a":"é"},{"b":1},{"b":2},{"c":1}'],
  ])('makes the %s that they would make in memory', async (_, join, expected) => {
    const chunks = [
      chunk({ text: '{"a":1}\n{"a":"é"}', rows: 2 }),
      streamed('{"b":1},{"b":2}', 2),
      chunk({ layout: 'items', text: '{"c":1}' }),
    ];
    const { body, rows } = join(csvLayout)(chunks, json);
    expect([await textOf(body.open()), body.bytes, rows]).toEqual([expected, Buffer.byteLength(expected), 5]);
  });

  it('makes CSV', async () => {
    const chunks = [chunk({ layout: 'csv', text: '1\ta\n' }), streamed('2\té\n', 1, 'csv')];
    const { body } = joinChunks(csvLayout)(chunks, csv);
    expect([await textOf(body.open()), body.bytes]).toEqual(['1\ta\n2\té\n', 9]);
  });
});

describe('inflateStream', () => {
  const text = Array.from({ length: 200_000 }, (_, id) => `{"id":${id}}`).join();
  const compressed = { gzip: gzipSync(text), zstd: zstdCompressSync(text) };
  const pieces = (bytes: Uint8Array) => Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]);

  it.each(['gzip', 'zstd'] as const)('undoes %s', async (compression) => {
    expect(await textOf(inflateStream(pieces(compressed[compression]), compression))).toBe(text);
  });

  it.each(['gzip', 'zstd'] as const)('fails on %s that is cut off, or that is none', async (compression) => {
    const bytes = compressed[compression];
    await expect(textOf(inflateStream(pieces(bytes.subarray(0, -20)), compression))).rejects.toThrow();
    await expect(textOf(inflateStream(pieces(Buffer.from(text)), compression))).rejects.toThrow();
  });

  describe.each(['none', 'gzip', 'zstd'] as const)('of %s', (compression) => {
    const bytes = compression === 'none' ? Buffer.from(text) : compressed[compression];

    it('passes on what fails under it', async () => {
      async function* source() {
        yield bytes.subarray(0, bytes.byteLength / 2);
        throw new Error('reset by peer');
      }
      await expect(textOf(inflateStream(source(), compression))).rejects.toThrow('reset by peer');
    });

    it('closes its source when nobody reads on', async () => {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      async function* source() {
        try {
          for (let at = 0; ; at += 100) {
            yield bytes.subarray(at, at + 100);
            await new Promise(setImmediate);
          }
        } finally {
          resolve();
        }
      }
      for await (const _ of inflateStream(source(), compression)) break;
      await closed;
    });
  });
});
