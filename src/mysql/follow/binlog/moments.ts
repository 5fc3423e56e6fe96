/** Dates and times as the binlog packs them. @source  MySQL, sql-common/my_time.cc; MariaDB writes the same */
import type { Bytes } from './bytes.ts';

const two = (number: number) => (number < 10 ? `0${number}` : String(number));
const year4 = (year: number) => String(year).padStart(4, '0');

/** @in  decimals: digits behind the point, 0 to 6 */
function fraction(units: number, decimals: number): string {
  return decimals === 0 ? '' : `.${String(units).padStart(decimals, '0')}`;
}

/** Units of the last decimal, which the binlog keeps in whole bytes. */
function readFraction(bytes: Bytes, decimals: number): number {
  if (decimals === 0) return 0;
  const units = bytes.uintBig((decimals + 1) >> 1);
  return decimals % 2 === 0 ? units : Math.floor(units / 10);
}

export function readDate(bytes: Bytes): string {
  const packed = bytes.uint(3);
  return `${year4(packed >> 9)}-${two((packed >> 5) & 15)}-${two(packed & 31)}`;
}

export function readDatetime(bytes: Bytes, decimals: number): string {
  // 40 bits: sign, 17 of year and month, 5 of the day, 5 of the hour, 6, 6
  const packed = bytes.uintBig(5) - 0x8000000000;
  const days = Math.floor(packed / 2 ** 17);
  const clock = packed % 2 ** 17;
  const months = days >> 5;
  const date = `${year4(Math.floor(months / 13))}-${two(months % 13)}-${two(days & 31)}`;
  const time = `${two(clock >> 12)}:${two((clock >> 6) & 63)}:${two(clock & 63)}`;
  return `${date} ${time}${fraction(readFraction(bytes, decimals), decimals)}`;
}

/** In UTC. */
export function readTimestamp(bytes: Bytes, decimals: number): string {
  const seconds = bytes.buffer.readUInt32BE(bytes.skip(4));
  const units = readFraction(bytes, decimals);
  return utcText(seconds, units, decimals);
}

function utcText(seconds: number, units: number, decimals: number): string {
  if (seconds === 0 && units === 0) return `0000-00-00 00:00:00${fraction(0, decimals)}`;
  const [date = '', time = ''] = new Date(seconds * 1000).toISOString().split('T');
  return `${date} ${time.slice(0, 8)}${fraction(units, decimals)}`;
}

export function readTime(bytes: Bytes, decimals: number): string {
  const fractionBytes = (decimals + 1) >> 1;
  // Seconds and fraction are one number, 0 at the middle of its range.
  const middle = 2 ** (23 + 8 * fractionBytes);
  const packed = bytes.uintBig(3 + fractionBytes) - middle;
  const size = Math.abs(packed);
  const unit = 2 ** (8 * fractionBytes);
  const clock = Math.floor(size / unit);
  const rest = decimals % 2 === 0 ? size % unit : Math.floor((size % unit) / 10);
  const time = `${two(clock >> 12)}:${two((clock >> 6) & 63)}:${two(clock & 63)}`;
  return `${packed < 0 ? '-' : ''}${time}${fraction(rest, decimals)}`;
}

/** Dates and times inside JSON documents, with six decimals. */
export function packedDate(packed: bigint): string {
  const days = Number(packed >> 41n);
  const months = days >> 5;
  return `${year4(Math.floor(months / 13))}-${two(months % 13)}-${two(days & 31)}`;
}

export function packedDatetime(packed: bigint): string {
  return `${packedDate(packed)} ${clockText(Number((packed >> 24n) & 0x1ffffn))}.${micros(packed)}`;
}

export function packedTime(packed: bigint): string {
  const size = packed < 0n ? -packed : packed;
  return `${packed < 0n ? '-' : ''}${clockText(Number(size >> 24n))}.${micros(size)}`;
}

const clockText = (clock: number) => `${two(clock >> 12)}:${two((clock >> 6) & 63)}:${two(clock & 63)}`;
const micros = (packed: bigint) => String(packed & 0xffffffn).padStart(6, '0');
