import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflateBody } from '../../src/messages/inflate.ts';
import { inflateStream, sniffCompression } from '../../src/rows/inflate-stream.ts';

const compress = { gzip: gzipSync, zstd: zstdCompressSync };
const kinds = ['gzip', 'zstd'] as const;

/** Bytes in pieces that end anywhere; some are empty. */
async function* cutAt(bytes: Buffer, ends: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = ends.map((end) => end % (bytes.byteLength + 1)).sort((a, b) => a - b);
  for (const [index, end] of [...at, bytes.byteLength].entries()) yield bytes.subarray(at[index - 1] ?? 0, end);
}

const textOf = async (source: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(source)).toString();
const ends = fc.array(fc.nat(), { maxLength: 8 });

describe.each(kinds)('what is compressed by %s', (kind) => {
  const pack = (text: string) => compress[kind](text);
  const refusal = { code: 'MESSAGE_NOT_TEXT' };

  it('is read whole, however many frames it has and however it comes in', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, ends, async (parts, at) => {
        const bytes = Buffer.concat(parts.map(pack));
        const body = inflateBody(bytes.toString('base64'), kind, 10_000);
        expect(body).toEqual({ ok: true, text: parts.join('') });
        expect(await textOf(inflateStream(cutAt(bytes, at), kind))).toBe(parts.join(''));
      }),
    );
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off', (bytes) => bytes.subarray(0, -3)],
    ['cut off in its last frame', (bytes) => Buffer.concat([bytes, bytes.subarray(0, -3)])],
    ['followed by text', (bytes) => Buffer.concat([bytes, Buffer.from('{"id":1}')])],
    ['followed by zeros', (bytes) => Buffer.concat([bytes, Buffer.alloc(20)])],
    ['something else', () => Buffer.from('{"id":1}')],
    ['nothing', () => Buffer.alloc(0)],
  ])('is refused when it is %s', async (_, change) => {
    const bytes = change(pack('{"id":1}\n'.repeat(30)));
    expect(inflateBody(bytes.toString('base64'), kind, 10_000)).toMatchObject({ ok: false, rejection: refusal });
    for (const at of [[], [5], [bytes.byteLength - 1], [bytes.byteLength - 20]]) {
      await expect(textOf(inflateStream(cutAt(bytes, at), kind))).rejects.toMatchObject(refusal);
    }
  });

  it('may not inflate beyond the bound over all its frames together', () => {
    const bytes = Buffer.concat([pack('x'.repeat(600)), pack('x'.repeat(400))]).toString('base64');
    expect(inflateBody(bytes, kind, 1000).ok).toBe(true);
    expect(inflateBody(bytes, kind, 999)).toMatchObject({ rejection: { code: 'MESSAGE_TOO_LARGE' } });
    expect(inflateBody(bytes, kind, 600)).toMatchObject({ rejection: { code: 'MESSAGE_TOO_LARGE' } });
  });

  it('is known by its first bytes, which are read again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(pack('{"id":1}'), Buffer.from('{"id":1}'), Buffer.alloc(0)),
        ends,
        async (bytes, at) => {
          const { compression, bytes: all } = await sniffCompression(cutAt(bytes, at));
          expect(compression).toBe(bytes[0] === pack('x')[0] ? kind : 'none');
          expect(Buffer.concat(await Array.fromAsync(all))).toEqual(bytes);
        },
      ),
    );
  });

  it('tells what its source fails with, and closes it when nobody reads on', async () => {
    async function* failing() {
      yield pack('{"id":1}').subarray(0, 4);
      throw new Error('S3 is away');
    }
    await expect(textOf(inflateStream(failing(), kind))).rejects.toThrow('S3 is away');
    const closed = Promise.withResolvers<boolean>();
    async function* endless() {
      try {
        for (;;) yield pack('{"id":1}\n');
      } finally {
        closed.resolve(true);
      }
    }
    for await (const _ of inflateStream(endless(), kind)) break;
    expect(await closed.promise).toBe(true);
  });
});
