import { describe, expect, it } from 'vitest';
import { claimChunks } from '../../src/ledger/claims.ts';
import { KnownBooks } from '../../src/ledger/known-books.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { claimsKey, decisionKey, writeRecord } from '../../src/ledger/records.ts';
import { openLedger, startMs, table } from './ledger-world.ts';

/** Chunks of one moment, so that they share a book. */
const chunk = (name: string) => ({ id: `${startMs}-${name}` });
const book = claimsKey(table, chunk('a').id);

async function claim(batch: string, chunks: readonly { readonly id: string }[], deps: Ledger) {
  const others = await claimChunks(batch, table, chunks, deps);
  return chunks.map(({ id }) => others.get(id) ?? 'mine');
}

function openProcess(script: Parameters<typeof openLedger>[0] = {}) {
  const { deps, bucket } = openLedger(script);
  const asked = () => bucket.calls.splice(0).map(({ method }) => method);
  return { bucket, asked, deps: { ...deps, books: new KnownBooks() }, stranger: deps };
}

describe('a book that this process wrote last', () => {
  it('is changed by one request, and loses nothing', async () => {
    const { deps, asked, bucket } = openProcess();
    await claim('first', [chunk('a')], deps);
    asked();
    expect(await claim('second', [chunk('b')], deps)).toEqual(['mine']);
    expect(await claim('third', [chunk('c')], deps)).toEqual(['mine']);
    expect(asked()).toEqual(['putText', 'putText']);
    expect(Object.keys(JSON.parse(bucket.objects.get(book)?.text ?? '').batches).sort()).toEqual([
      'first',
      'second',
      'third',
    ]);
  });

  it('and that somebody else has changed since, is read again before anything is mine', async () => {
    const { deps, stranger, asked } = openProcess();
    await claim('first', [chunk('a')], deps);
    await claim('other', [chunk('b')], stranger);
    asked();
    expect(await claim('second', [chunk('b'), chunk('c')], deps)).toEqual(['busy', 'mine']);
    expect(asked()).toEqual(['putText', 'getText', 'getText', 'putText']);
    expect(await claim('third', [chunk('b')], stranger)).toEqual(['busy']);
  });

  it('says by itself whose a chunk is, and what became of that batch is asked anew', async () => {
    const { deps, bucket } = openProcess();
    await claim('first', [chunk('a')], deps);
    expect(await claim('second', [chunk('a')], deps)).toEqual(['busy']);
    await claim('third', [chunk('b')], deps);
    bucket.put(decisionKey('first'), writeRecord({ state: 'done', label: 'first-1', atMs: 0 }));
    expect(await claim('fourth', [chunk('a')], deps)).toEqual(['loaded']);
  });

  it('and that is gone, fails one batch and not those after it', async () => {
    const { deps, bucket } = openProcess();
    await claim('first', [chunk('a')], deps);
    bucket.objects.delete(book);
    await expect(claim('second', [chunk('b')], deps)).rejects.toThrow('disappeared');
    expect(await claim('third', [chunk('b')], deps)).toEqual(['mine']);
  });
});

describe('books that are kept', () => {
  const text = 'x'.repeat(100_000);

  it('are few, the last ones written', () => {
    const books = new KnownBooks();
    for (const key of ['1', '2', '3', '4', '1', '5']) books.keep(key, { text, etag: key });
    expect(['1', '2', '3', '4', '5'].filter((key) => books.take(key))).toEqual(['1', '3', '4', '5']);
  });

  it('are not large', () => {
    const books = new KnownBooks();
    books.keep('1', { text: text.repeat(11), etag: '1' });
    expect(books.take('1')).toBeUndefined();
  });
});
