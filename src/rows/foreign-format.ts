/** So many bytes tell what they are the beginning of. */
export const headBytes = 64;

/** @source  Parquet, Avro and ORC: file formats; bzip2, xz, zip, lz4 and framed Snappy: their magic numbers */
const magics: readonly (readonly [name: string, ...bytes: readonly (number | string)[]])[] = [
  ['Parquet', 'PAR1'],
  ['encrypted Parquet', 'PARE'],
  ['Avro', 'Obj', 0x01],
  ['ORC', 'ORC'],
  ['compressed by bzip2', 'BZh'],
  ['compressed by xz', 0xfd, '7zXZ', 0x00],
  ['a zip archive', 'PK', 0x03, 0x04],
  ['compressed by lz4', 0x04, 0x22, 0x4d, 0x18],
  ['compressed by Snappy', 0xff, 0x06, 0x00, 0x00, 'sNaPpY'],
  ['UTF-16 text', 0xff, 0xfe],
  ['UTF-16 text', 0xfe, 0xff],
];

/**
 * What these first bytes are the beginning of, where that is a format that is known and not read here. Text is never taken for
 * one, though it may begin with the same letters.
 *
 * @out  its name
 */
export function foreignFormatOf(head: Uint8Array): string | undefined {
  const [name] = magics.find(([, ...magic]) => beginsWith(head, magic)) ?? [];
  return name !== undefined && !isText(head.subarray(0, headBytes)) ? name : undefined;
}

function beginsWith(head: Uint8Array, magic: readonly (number | string)[]): boolean {
  const bytes = Buffer.concat(magic.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))));
  return bytes.every((byte, at) => head[at] === byte);
}

/** Without control characters, but for white space and the delimiters that CSV has by default. */
function isText(bytes: Uint8Array): boolean {
  try {
    // What is cut off at the end may go on.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || (byte >= 0x01 && byte <= 0x03));
  } catch {
    return false;
  }
}
