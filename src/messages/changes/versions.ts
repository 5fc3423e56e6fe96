/**
 * Places in the logs of databases as numbers that grow with them: what a LARGEINT holds, so that StarRocks can keep the later of
 * two rows (`merge_condition`).
 */

/** The file, then 64 bits: 40 of the place in it, 24 of the row at that place. */
const placeBits = 40n;
const rowBits = 24n;
const fileBits = 62n;

/**
 * @in   file: `binlog.000012`
 * @out  undefined: it is not numbered, or beyond what fits
 */
export function binlogVersion(file: string, position: string, row: string): bigint | undefined {
  const [, digits] = /\.(\d{1,18})$/.exec(file) ?? [];
  if (digits === undefined || ![position, row].every((each) => /^\d{1,18}$/.test(each))) return undefined;
  const [number, place, index] = [BigInt(digits), BigInt(position), BigInt(row)];
  if (number >> fileBits || place >> placeBits || index >> rowBits) return undefined;
  return (((number << placeBits) | place) << rowBits) | index;
}

const serialBits = 16n;

/** @in  lsn: of SQL Server, `00000027:00000758:0005` */
export function lsnVersion(lsn: string, serial: string): bigint | undefined {
  const [, log, block, slot] = /^([\da-f]{8}):([\da-f]{8}):([\da-f]{4})$/i.exec(lsn) ?? [];
  if (log === undefined || !/^\d{1,4}$/.test(serial)) return undefined;
  return (BigInt(`0x${log}${block}${slot}`) << serialBits) | BigInt(serial);
}

/** Two numbers in one, of which the first counts more. @in second: at most 40 bits */
export const pairVersion = (first: bigint, second: bigint): bigint => (first << placeBits) | (second & 0xff_ffff_ffffn);
