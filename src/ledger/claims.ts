/**
 * Claims the chunks of a batch, many at once: those whose identities share a time stand in one book, which is read whole and
 * changed only if it is unchanged. A lost race reads again. A process that wrote a book last changes it without reading it.
 */
import { mapLimited } from '../kit/map-limited.ts';
import type { TableId } from '../ports.ts';
import { areOtherRows } from '../rows/fingerprint.ts';
import { type Claimant, emptyBook, type Holder, type Holders, holdersIn, withClaims } from './claim-book.ts';
import { putIfAbsent, readText, replaceIfUnchanged, type WriteDeps, type Written } from './conditional-writes.ts';
import { type Fate, type Ledger, type RefusedCommit, resolveBatch } from './ledger.ts';
import { byBook, claimsKey, readClaims, writeRecord } from './records.ts';

/**
 * What a claim came to. `mine`: the chunk belongs to the batch. `loaded`: its rows are committed, or will be: ack. `busy`:
 * somebody is at work: give the message back. `undecided`: nobody can tell: a person must look. `changed`: other rows under the
 * same identity are committed. Or StarRocks refuses to commit the batch that holds it.
 */
export type ClaimResult = 'mine' | 'loaded' | 'busy' | 'undecided' | 'changed' | RefusedCommit;

/** What claims came to that are not mine, by the identities of their chunks. */
export type Others = ReadonlyMap<string, Exclude<ClaimResult, 'mine'>>;

/** Requests for books under way at once. */
const parallelBooks = 16;

/**
 * Claims chunks for a batch, and resolves whatever batches hold them already, each once.
 *
 * @out    what others hold; all the rest is mine
 * @throws Error when S3 or StarRocks did not answer in time: any chunk may be claimed, so the batch must be made void
 */
export async function claimChunks(
  batch: string,
  table: TableId,
  chunks: readonly Claimant[],
  ledger: Ledger,
): Promise<Others> {
  const fates = new Map<string, Promise<Fate>>();
  const fateOf = (other: string, untilMs: number) => {
    const fate = fates.get(other) ?? resolveBatch(other, untilMs, table, ledger);
    fates.set(other, fate);
    return fate;
  };
  const claimed = await mapLimited(byBook(table, chunks), parallelBooks, ([key, ofBook]) =>
    claimInBook(key, { batch, chunks: ofBook, fateOf }, ledger),
  );
  return new Map(claimed.flatMap((others) => [...others]));
}

interface Claiming {
  readonly batch: string;
  readonly chunks: readonly Claimant[];
  readonly fateOf: (batch: string, untilMs: number) => Promise<Fate>;
}

async function claimInBook(key: string, claiming: Claiming, ledger: Ledger): Promise<Others> {
  const { batch, chunks } = claiming;
  const known = ledger.books?.take(key);
  let text = known ? '' : writeRecord(withClaims(emptyBook, batch, ledger.untilMs, chunks));
  let written: Written = known ? { won: false, ...known } : await putIfAbsent(key, text, ledger);
  let others: Others = nobodys;
  while (!written.won) {
    const book = readClaims(written.text);
    const holders = holdersIn(
      book,
      chunks.map(({ id }) => id),
    );
    const found = await lookUp(claiming, holders);
    const { free } = found;
    others = found.others;
    if (free.length === 0) return others;
    text = writeRecord(withClaims(book, batch, ledger.untilMs, free, holders));
    written = await replaceIfUnchanged(key, text, written.etag, ledger);
  }
  ledger.books?.keep(key, { text, etag: written.etag });
  return others;
}

const nobodys: Others = new Map();

interface LookedUp {
  /** What nobody holds, or a batch that is void. */
  readonly free: readonly Claimant[];
  readonly others: Others;
}

async function lookUp({ batch, chunks, fateOf }: Claiming, holders: Holders): Promise<LookedUp> {
  const free: Claimant[] = [];
  const others = new Map<string, Exclude<ClaimResult, 'mine'>>();
  for (const chunk of chunks) {
    const holder = holders.get(chunk.id);
    if (holder === undefined) free.push(chunk);
    else if (holder.batch !== batch) {
      const fate = await fateOf(holder.batch, holder.untilMs);
      if (fate === 'void') free.push(chunk);
      else others.set(chunk.id, fate === 'loaded' && isChanged(chunk, holder) ? 'changed' : fate);
    }
  }
  return { free, others };
}

/** Somebody who cannot say what the rows look like may have claimed the same ones. */
const isChanged = ({ fingerprint }: Claimant, known: Holder) =>
  fingerprint && known.fingerprint && areOtherRows(known.fingerprint, fingerprint);

/** The claim of a chunk, for whoever looks for it by hand. @out  undefined: there is none */
export async function claimOf(table: TableId, chunkId: string, deps: WriteDeps): Promise<Holder | undefined> {
  const found = await readText(claimsKey(table, chunkId), deps);
  return found && holdersIn(readClaims(found.text), [chunkId]).get(chunkId);
}

/** The batch that holds a chunk. @out  undefined: none does */
export const holderOf = async (table: TableId, chunkId: string, deps: WriteDeps): Promise<string | undefined> =>
  (await claimOf(table, chunkId, deps))?.batch;
