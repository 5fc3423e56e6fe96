/**
 * Claims the chunks of a batch, many at once: those whose identities share a time stand in one book, which is read whole and
 * changed only if it is unchanged. A lost race reads again. A process that wrote a book last changes it without reading it.
 */
import { mapLimited } from '../kit/map-limited.ts';
import type { TableId } from '../ports.ts';
import { putIfAbsent, readText, replaceIfUnchanged, type WriteDeps, type Written } from './conditional-writes.ts';
import { type Fate, type Ledger, type RefusedCommit, resolveBatch } from './ledger.ts';
import {
  byBook,
  type ClaimBook,
  claimsKey,
  digestOfChunk,
  readClaims,
  writeFirstClaims,
  writeRecord,
} from './records.ts';

/** What is claimed: a chunk, or a segment. */
export interface Claimant {
  readonly id: string;
  /** What the rows look like, so that the same identity with other rows is noticed; absent where nobody can say. */
  readonly fingerprint?: string | undefined;
}

/**
 * What a claim came to. `mine`: the chunk belongs to the batch. `loaded`: its rows are committed, or will be: ack. `busy`:
 * somebody is at work: give the message back. `undecided`: nobody can tell: a person must look. `changed`: other rows under the
 * same identity are committed. Or StarRocks refuses to commit the batch that holds it.
 */
export type ClaimResult = 'mine' | 'loaded' | 'busy' | 'undecided' | 'changed' | RefusedCommit;

/** Requests for books under way at once. */
const parallelBooks = 16;

/**
 * Claims chunks for a batch, and resolves whatever batches hold them already, each once.
 *
 * @out    what each claim came to, by the chunk's identity
 * @throws Error when S3 or StarRocks did not answer in time: any chunk may be claimed, so the batch must be made void
 */
export async function claimChunks(
  batch: string,
  table: TableId,
  chunks: readonly Claimant[],
  ledger: Ledger,
): Promise<ReadonlyMap<string, ClaimResult>> {
  const fates = new Map<string, Promise<Fate>>();
  const fateOf = (other: string, untilMs: number) => {
    const fate = fates.get(other) ?? resolveBatch(other, untilMs, table, ledger);
    fates.set(other, fate);
    return fate;
  };
  const claimed = await mapLimited(byBook(table, chunks), parallelBooks, ([key, ofBook]) =>
    claimInBook(key, { batch, chunks: ofBook, fateOf }, ledger),
  );
  return new Map(claimed.flatMap((results) => [...results]));
}

interface Claiming {
  readonly batch: string;
  readonly chunks: readonly Claimant[];
  readonly fateOf: (batch: string, untilMs: number) => Promise<Fate>;
}

async function claimInBook(key: string, claiming: Claiming, ledger: Ledger): Promise<Map<string, ClaimResult>> {
  const { batch, chunks } = claiming;
  const results = new Map<string, ClaimResult>(chunks.map(({ id }) => [id, 'mine']));
  const known = ledger.books?.take(key);
  let text = known ? '' : writeFirstClaims(batch, ledger.untilMs, chunks);
  let written: Written = known ? { won: false, ...known } : await putIfAbsent(key, text, ledger);
  while (!written.won) {
    const book = readClaims(written.text);
    const free: Claimant[] = [];
    for (const chunk of chunks) {
      const found = await lookUp(chunk, book, claiming);
      if (found === 'free') free.push(chunk);
      results.set(chunk.id, found === 'free' ? 'mine' : found);
    }
    if (free.length === 0) return results;
    text = writeRecord(withClaims(book, batch, free, ledger));
    written = await replaceIfUnchanged(key, text, written.etag, ledger);
  }
  ledger.books?.keep(key, { text, etag: written.etag });
  return results;
}

/** The claim of a chunk, for whoever looks for it by hand. @out  undefined: there is none */
export async function claimOf(
  table: TableId,
  chunkId: string,
  deps: WriteDeps,
): Promise<{ readonly batch: string; readonly untilMs: number } | undefined> {
  const found = await readText(claimsKey(table, chunkId), deps);
  const [batch, claims] = (found && holderIn(readClaims(found.text), digestOfChunk(chunkId))) ?? [];
  return batch === undefined || claims === undefined ? undefined : { batch, untilMs: claims.untilMs };
}

/** The batch that holds a chunk. @out  undefined: none does */
export const holderOf = async (table: TableId, chunkId: string, deps: WriteDeps): Promise<string | undefined> =>
  (await claimOf(table, chunkId, deps))?.batch;

const holderIn = ({ batches }: ClaimBook, digest: string) =>
  Object.entries(batches).find(([, { chunks }]) => Object.hasOwn(chunks, digest));

/** Free is what nobody holds, or a batch that is void. */
async function lookUp(
  { id, fingerprint }: Claimant,
  book: ClaimBook,
  { batch, fateOf }: Claiming,
): Promise<ClaimResult | 'free'> {
  const digest = digestOfChunk(id);
  const holder = holderIn(book, digest);
  if (holder === undefined) return 'free';
  const [other, { untilMs, chunks }] = holder;
  if (other === batch) return 'mine';
  const fate = await fateOf(other, untilMs);
  if (fate === 'void') return 'free';
  const known = chunks[digest];
  return fate === 'loaded' && known && fingerprint && known !== fingerprint ? 'changed' : fate;
}

/** The book with these chunks as the batch's own, and no other's. */
function withClaims(book: ClaimBook, batch: string, chunks: readonly Claimant[], ledger: Ledger): ClaimBook {
  const mine: Record<string, string> = {};
  for (const { id, fingerprint = '' } of chunks) mine[digestOfChunk(id)] = fingerprint;
  const others = Object.entries(book.batches).flatMap(([other, claims]) => {
    const kept = Object.entries(claims.chunks).filter(([digest]) => !Object.hasOwn(mine, digest));
    return kept.length === 0 ? [] : [[other, { ...claims, chunks: Object.fromEntries(kept) }] as const];
  });
  const before = book.batches[batch]?.chunks;
  const own = before ? { ...before, ...mine } : mine;
  return { batches: { ...Object.fromEntries(others), [batch]: { untilMs: ledger.untilMs, chunks: own } } };
}
