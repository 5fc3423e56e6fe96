/**
 * What rows look like, in a word, so that the same identity with other rows is noticed. SQS says the MD5 of each body, so a body that
 * holds rows as they are is not hashed again; any other text is. A fingerprint says how it was made, since the same rows may come in
 * one way today and in another tomorrow:
 *
 *   12=0123456789abcdef   12 rows, and 64 bits of what SQS says of the body
 *   12:AbCdEfGhIjKlMnOp   12 rows, and 96 bits of the SHA-256 of their text
 *   AbCdEfGh…             several texts
 */
import { hash } from 'node:crypto';

const isMd5 = /^[0-9a-f]{32}$/;
const md5Digits = 16;

/**
 * @in  text: as it came, since what the options make of it may change between two deliveries; bodyMd5: what SQS says of it, where it is
 *      the body of a message, and nothing was undone of it
 */
export const fingerprintOf = (rows: number, text: string, bodyMd5 = ''): string =>
  isMd5.test(bodyMd5) ? `${rows}=${bodyMd5.slice(0, md5Digits)}` : `${rows}:${shortHash(text)}`;

const shortHash = (text: string) => hash('sha256', text, 'base64url').slice(0, 16);

/** Of what came in several texts. @out  undefined: nobody can say it of one of them */
export function fingerprintOfAll(all: readonly (string | undefined)[]): string | undefined {
  if (all.includes(undefined)) return undefined;
  return all.length === 1 ? all[0] : hash('sha256', all.join(), 'base64url').slice(0, 22);
}

const made = /^(\d+)([:=])(.*)$/;

/** Says whether two fingerprints are of other rows for sure. What was made in two ways has only its count in common. */
export function areOtherRows(one: string, other: string): boolean {
  if (one === other) return false;
  const [, rows, way, digest] = made.exec(one) ?? [];
  const [, otherRows, otherWay, otherDigest] = made.exec(other) ?? [];
  if (way === otherWay) return way === undefined || digest !== otherDigest;
  return way !== undefined && otherWay !== undefined && rows !== otherRows;
}
