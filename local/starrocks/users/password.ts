import { createHash, timingSafeEqual } from 'node:crypto';

/** What a server keeps of a password: SHA1(SHA1(password)); undefined for none. */
export type PasswordHash = Buffer | undefined;

export function hashPassword(password: string): PasswordHash {
  return password === '' ? undefined : sha1(sha1(Buffer.from(password)));
}

/** `*` and 40 hexadecimal digits, as mysql_native_password writes it; undefined for anything else. */
export function readPasswordHash(text: string): PasswordHash {
  return /^\*[\dA-F]{40}$/i.test(text) ? Buffer.from(text.slice(1), 'hex') : undefined;
}

/** Whether this is the password. */
export function isPassword(password: string, hash: PasswordHash): boolean {
  const given = hashPassword(password);
  return given === undefined || hash === undefined ? given === hash : timingSafeEqual(given, hash);
}

/** Whether a proof was made from the password: SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))). */
export function provesPassword(proof: Buffer, hash: PasswordHash, scramble: Buffer): boolean {
  if (hash === undefined || proof.length === 0) return hash === undefined && proof.length === 0;
  const mask = sha1(Buffer.concat([scramble, hash]));
  if (proof.length !== mask.length) return false;
  const once = Buffer.from(proof.map((byte, index) => byte ^ (mask[index] ?? 0)));
  return timingSafeEqual(sha1(once), hash);
}

function sha1(data: Buffer): Buffer {
  return createHash('sha1').update(data).digest();
}
