/**
 * Identities that carry their time: whoever meets one knows when it was made, and so in which bucket of claims it stands.
 *
 * @source  RFC 9562, §5.7: 48 bits of milliseconds, version 7, the rest chance
 */
import { randomBytes } from 'node:crypto';

/** A UUID of version 7 as 32 hex digits. */
export function timeOrderedId(nowMs: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex');
}

/** The same, in the writing that people know. */
export const uuidV7 = (nowMs: number): string =>
  timeOrderedId(nowMs).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const uuid = /(?:^|-)([0-9a-f]{8})-?([0-9a-f]{4})-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const stampDigits = 13;
const zero = 0x30;

/** An identity that says its time, if the time has the 13 digits that are expected of one: 2001 to 2286. */
export function stampedId(id: string, timeMs: number | undefined): string {
  const stamp = String(timeMs);
  return stamp.length === stampDigits && stampOf(`${stamp}-`) !== undefined ? `${stamp}-${id}` : id;
}

/** The epoch milliseconds before its first dash. Nearly all identities are those of messages, thousands at a time: no expression, no copy. */
function stampOf(id: string): number | undefined {
  if (id[stampDigits] !== '-') return undefined;
  let stamp = 0;
  for (let at = 0; at < stampDigits; at++) {
    const digit = id.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return undefined;
    stamp = stamp * 10 + digit;
  }
  return stamp;
}

/**
 * When an identity was made, as it says itself: a UUID of version 7 at its end, or epoch milliseconds and a dash before it.
 *
 * @out  epoch milliseconds; undefined: it does not say
 */
export function timeOfId(id: string): number | undefined {
  const stamp = stampOf(id);
  if (stamp !== undefined) return stamp;
  const [, high, low] = uuid.exec(id) ?? [];
  return high === undefined ? undefined : Number.parseInt(`${high}${low}`, 16);
}
