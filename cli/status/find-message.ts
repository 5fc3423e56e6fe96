/**
 * Which chunk the rows of a message are, by its id alone. Its identity begins with the moment at which it was sent, so every moment of
 * a book is tried.
 */
import { SinkError } from '../../src/kit/errors.ts';
import { mapLimited } from '../../src/kit/map-limited.ts';
import { holdersIn } from '../../src/ledger/claim-book.ts';
import { readText, type WriteDeps } from '../../src/ledger/conditional-writes.ts';
import { booksBetween, readClaims } from '../../src/ledger/records.ts';
import { identityOfMessage } from '../../src/messages/attributes.ts';
import type { TableId } from '../../src/ports.ts';

/** When a message may have been sent, epoch milliseconds. */
export interface SentBetween {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** @source  SQS gives each message a UUID */
export const looksLikeMessageId = (text: string): boolean =>
  /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);

const longestMs = 24 * 3_600_000;
const parallelBooks = 32;

/**
 * Reads the claims of each table from the end of the time to its beginning: a book for every four seconds, until it is found.
 *
 * @out    the chunk's identity; undefined: no claim of that time is one of this message
 * @throws SinkError OPTIONS_INVALID: more than a day is asked for
 */
export async function findMessage(
  messageId: string,
  tables: readonly TableId[],
  { fromMs, untilMs }: SentBetween,
  ledger: WriteDeps,
): Promise<string | undefined> {
  if (untilMs - fromMs > longestMs)
    throw new SinkError(
      'OPTIONS_INVALID',
      `Claims of ${Math.round((untilMs - fromMs) / 3_600_000)} h are more than a day, which is 21,600 objects a table: give --since and --until.`,
    );
  const books = booksBetween(fromMs, untilMs).toReversed();
  for (let at = 0; at < books.length; at += parallelBooks) {
    const some = books.slice(at, at + parallelBooks).flatMap((book) => tables.map((table) => ({ book, table })));
    const found = await mapLimited(some, parallelBooks, async ({ book, table }) => {
      const read = await readText(book.keyOf(table), ledger);
      if (read === undefined) return undefined;
      const identities = book.momentsMs.map((sentMs) => identityOfMessage(messageId, sentMs));
      const [identity] = holdersIn(readClaims(read.text), identities).keys();
      return identity;
    });
    const chunk = found.find((identity) => identity !== undefined);
    if (chunk !== undefined) return chunk;
  }
  return undefined;
}
