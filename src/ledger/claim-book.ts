/**
 * A book of claims: one object for many chunks. Everyone who may ever meet one of them finds the same object, since it follows from the
 * chunk's identity alone. By batch, since a worker claims many chunks at once: the claims of a batch are one text, so that thousands are
 * read and written as fast as a few.
 */
import { hash } from 'node:crypto';

export interface ClaimBook {
  readonly batches: Readonly<Record<string, BatchClaims>>;
}

interface Until {
  /** Epoch milliseconds until which its worker may still be at work, for progress only. */
  readonly untilMs: number;
}

interface NamedClaims extends Until {
  /** The name of each chunk, and its fingerprint behind it; all of them with a space between. */
  readonly claims: string;
}

/**
 * As versions until November 2026 wrote them. Such a version fails when it finds the claims of a newer one: it takes nothing for free
 * that is claimed.
 */
interface DigestedClaims extends Until {
  /** Fingerprints, by the digest of each chunk's identity. */
  readonly chunks: Readonly<Record<string, string>>;
}

type BatchClaims = NamedClaims | DigestedClaims;

/** What is claimed: a chunk, or a segment. */
export interface Claimant {
  readonly id: string;
  /** What the rows look like, in a word without spaces, so that the same identity with other rows is noticed; absent where nobody can say. */
  readonly fingerprint?: string | undefined;
}

/** The batch that holds a chunk. */
export interface Holder extends Until {
  readonly batch: string;
  /** Of the rows that were claimed; empty where nobody could say. */
  readonly fingerprint: string;
}

/** Who holds chunks, by their identities; what nobody holds is not in it. */
export type Holders = ReadonlyMap<string, Holder>;

/** 96 bits of a digest: enough for the chunks of one book, or of one table. */
export const digestOfChunk = (chunkId: string): string => hash('sha256', chunkId, 'base64url').slice(0, 16);

/** Identities of messages have 50, those of events up to 92. */
const mostNameCharacters = 128;
const digestMark = '#';

/** What a chunk is called in a book: its identity, or where that is long, or would be misread, a digest of it. */
export const nameInBook = (id: string): string =>
  id.length <= mostNameCharacters && !id.startsWith(digestMark) && !id.includes(' ')
    ? id
    : digestMark + digestOfChunk(id);

export const emptyBook: ClaimBook = { batches: {} };

/** Looks for chunks in a book; either of them may be thousands. */
export function holdersIn({ batches }: ClaimBook, ids: readonly string[]): Holders {
  const found = new Map<string, Holder>();
  const entries = Object.entries(batches);
  if (entries.length === 0) return found;
  const byName = new Map(ids.map((id) => [nameInBook(id), id]));
  let byDigest: typeof byName | undefined;
  for (const [batch, claims] of entries) {
    const { untilMs } = claims;
    if ('chunks' in claims) byDigest ??= new Map(ids.map((id) => [digestOfChunk(id), id]));
    const wanted = ('chunks' in claims ? byDigest : undefined) ?? byName;
    const words = wordsOf(claims);
    for (let at = 0; at < words.length; at += 2) {
      const id = wanted.get(words[at] ?? '');
      if (id !== undefined) found.set(id, { batch, untilMs, fingerprint: words[at + 1] ?? '' });
    }
  }
  return found;
}

/**
 * Gives chunks to a batch, and takes them from whichever batch has them.
 *
 * @in  chunks: none of which the batch has already
 */
export function withClaims(
  { batches }: ClaimBook,
  batch: string,
  untilMs: number,
  chunks: readonly Claimant[],
  holders: Holders = holdersIn(
    { batches },
    chunks.map(({ id }) => id),
  ),
): ClaimBook {
  const { [batch]: before, ...others } = batches;
  const words = before && 'claims' in before ? [before.claims] : [];
  for (const { id, fingerprint = '' } of chunks) words.push(nameInBook(id), fingerprint);
  const own: NamedClaims = { untilMs, claims: words.join(' ') };
  return { batches: { ...withoutChunks(others, chunks, holders), [batch]: own } };
}

function withoutChunks(
  batches: ClaimBook['batches'],
  chunks: readonly Claimant[],
  holders: Holders,
): ClaimBook['batches'] {
  const entries = Object.entries(batches);
  if (entries.length === 0) return batches;
  const losers = new Set(chunks.map(({ id }) => holders.get(id)?.batch));
  const left = entries.flatMap(([batch, claims]) => {
    const kept = losers.has(batch) ? without(claims, chunks) : claims;
    return kept === undefined ? [] : [[batch, kept] as const];
  });
  return Object.fromEntries(left);
}

/** @out  undefined: nothing is left */
function without(claims: BatchClaims, chunks: readonly Claimant[]): BatchClaims | undefined {
  const { untilMs } = claims;
  const nameOf = 'chunks' in claims ? digestOfChunk : nameInBook;
  const taken = new Set(chunks.map(({ id }) => nameOf(id)));
  const words = wordsOf(claims);
  const left = words.filter((_, at) => !taken.has(words[at - (at % 2)] ?? ''));
  if (left.length === 0) return undefined;
  return 'chunks' in claims ? { untilMs, chunks: inPairs(left) } : { untilMs, claims: left.join(' ') };
}

/** What each chunk is called, and its fingerprint behind it. */
const wordsOf = (claims: BatchClaims): readonly string[] =>
  'chunks' in claims ? Object.entries(claims.chunks).flat() : claims.claims.split(' ');

const inPairs = (words: readonly string[]): DigestedClaims['chunks'] =>
  Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? '']] : [])));
