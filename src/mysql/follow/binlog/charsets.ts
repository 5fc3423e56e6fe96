import { utf8Text } from './bytes.ts';

/** How MySQL's character sets are decoded; those not named here cannot be followed. */
const decoders: Readonly<Record<string, string>> = {
  latin1: 'windows-1252',
  latin2: 'iso-8859-2',
  latin5: 'windows-1254',
  latin7: 'iso-8859-13',
  greek: 'iso-8859-7',
  hebrew: 'iso-8859-8',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1256: 'windows-1256',
  cp1257: 'windows-1257',
  cp866: 'ibm866',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  tis620: 'windows-874',
  macroman: 'macintosh',
  big5: 'big5',
  gb2312: 'gbk',
  gbk: 'gbk',
  gb18030: 'gb18030',
  sjis: 'shift_jis',
  cp932: 'shift_jis',
  ujis: 'euc-jp',
  eucjpms: 'euc-jp',
  euckr: 'euc-kr',
  ucs2: 'utf-16be',
  utf16: 'utf-16be',
  utf16le: 'utf-16le',
};

const utf8Sets: readonly string[] = ['utf8', 'utf8mb3', 'utf8mb4', 'ascii'];

/** Whether text of the character set can be read from the binlog. */
export const isReadable = (charset: string): boolean =>
  utf8Sets.includes(charset) || charset === 'utf32' || Object.hasOwn(decoders, charset);

/** @throws  RangeError: the character set cannot be read */
export function decoderOf(charset: string): (bytes: Buffer) => string {
  if (utf8Sets.includes(charset)) return (bytes) => utf8Text(bytes, 0, bytes.length);
  if (charset === 'utf32') return utf32Text;
  const label = Object.hasOwn(decoders, charset) ? decoders[charset] : undefined;
  if (label === undefined) throw new RangeError(`text of the character set ${charset}, which cannot be read`);
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}

function utf32Text(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) text += String.fromCodePoint(bytes.readUInt32BE(at));
  return text;
}
