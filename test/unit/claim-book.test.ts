import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClaimBook,
  digestOfChunk,
  emptyBook,
  holdersIn,
  nameInBook,
  withClaims,
} from '../../src/ledger/claim-book.ts';
import { readClaims, writeRecord } from '../../src/ledger/records.ts';
import { formerBook } from './ledger-world.ts';

/** Few, so that batches meet in them, and of all kinds that are written otherwise than as they are. */
const ids = fc.constantFrom(
  ...['1767225600000-4fb1b3a2-0000-4000-8000-000000000001', 'c1', 'c 1', ' ', '__proto__', 'é"\\\n', '\ud800'],
  ...['x'.repeat(128), 'x'.repeat(129), `#${digestOfChunk('c 1')}`, digestOfChunk('c1'), '#'],
);
const chunks = fc.uniqueArray(fc.record({ id: ids, fingerprint: fc.constantFrom(undefined, '1:abc', '20:def') }), {
  selector: ({ id }) => id,
  minLength: 1,
});
const batch = fc.constantFrom('a', 'b', '__proto__x');

function expectHolders(
  book: ClaimBook,
  held: ReadonlyMap<string, { readonly batch: string; readonly fingerprint: string }>,
  untilOf: ReadonlyMap<string, number>,
): void {
  const expected = [...held].map(([id, holder]) => [id, { ...holder, untilMs: untilOf.get(holder.batch) }] as const);
  expect(holdersIn(book, [...held.keys(), 'nobody has it'])).toEqual(new Map(expected));
  expect(new Set(Object.keys(book.batches))).toEqual(new Set([...held.values()].map((each) => each.batch)));
}

describe('a book of claims', () => {
  it('says of each chunk who claimed it last, and of what rows, also behind claims of former versions', () => {
    const former = fc.option(chunks, { nil: undefined });
    fc.assert(
      fc.property(former, fc.array(fc.tuple(batch, fc.nat(), chunks), { maxLength: 6 }), (before, steps) => {
        const held = new Map(before?.map(({ id, fingerprint = '' }) => [id, { batch: 'former', fingerprint }]));
        const untilOf = new Map([['former', 7]]);
        let book = before ? formerBook('former', 7, before) : emptyBook;
        for (const [name, untilMs, claimed] of steps) {
          // Whoever has a chunk does not claim it again.
          const free = claimed.filter(({ id }) => held.get(id)?.batch !== name);
          if (free.length === 0) continue;
          book = readClaims(writeRecord(withClaims(book, name, untilMs, free)));
          untilOf.set(name, untilMs);
          for (const { id, fingerprint = '' } of free) held.set(id, { batch: name, fingerprint });
        }
        expectHolders(book, held, untilOf);
      }),
    );
  });

  it('calls a chunk by its identity, and by a digest where that is long, or would be misread', () => {
    const usual = '1767225600000-4fb1b3a2-0000-4000-8000-000000000001';
    expect(nameInBook(usual)).toBe(usual);
    for (const id of ['a b', '#a', 'x'.repeat(129)]) expect(nameInBook(id)).toBe(`#${digestOfChunk(id)}`);
    fc.assert(fc.property(ids, ids, (a, b) => void expect(nameInBook(a) === nameInBook(b)).toBe(a === b)));
  });

  it('takes no more than 72 bytes for a message of one row, and is one text', () => {
    const all = Array.from({ length: 1000 }, (_, at) => ({
      id: `1767225600000-4fb1b3a2-0000-4000-8000-${String(at).padStart(12, '0')}`,
      fingerprint: `1=${'0123456789abcdef'}`,
    }));
    const text = writeRecord(withClaims(emptyBook, 'batch', 1, all));
    expect(text.length).toBeLessThan(all.length * 72);
    expect(text.match(/"/g)?.length).toBe(10);
  });

  it('makes a former version fail, which knows only digests, instead of taking for free what is claimed', () => {
    const { batches } = readClaims(writeRecord(withClaims(emptyBook, 'batch', 1, [{ id: 'c1' }])));
    // How those versions looked a chunk up.
    const former = batches as unknown as Record<string, { readonly chunks: object }>;
    const lookUp = () => Object.entries(former).find(([, each]) => Object.hasOwn(each.chunks, digestOfChunk('c1')));
    expect(lookUp).toThrow(TypeError);
  });
});
