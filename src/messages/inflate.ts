import { isUtf8 } from 'node:buffer';
import { gunzipSync, type ZlibOptions, zstdDecompressSync } from 'node:zlib';
import type { Compression } from '../kit/compressions.ts';
import type { Rejection } from '../rows/chunk.ts';
import { foreignFormatOf } from '../rows/foreign-format.ts';
import { compressionOf } from '../rows/inflate-stream.ts';

export type Encoding = 'plain' | Compression;

export type Text = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly rejection: Rejection };

const inflaters = { gzip: gunzipSync, zstd: zstdDecompressSync };

/**
 * Turns the body of a message into text: base64 and compression are undone.
 *
 * @in   maxBytes: most bytes that a body may inflate to
 * @out  well-formed Unicode text, or why there is none
 */
export function inflateBody(body: string, encoding: Encoding, maxBytes: number): Text {
  if (encoding === 'plain') {
    return body.isWellFormed()
      ? { ok: true, text: body }
      : refuse('MESSAGE_NOT_TEXT', 'The body holds a lone surrogate.');
  }
  if (!/^[A-Za-z0-9+/\s]+(?:=\s*){0,2}$/.test(body)) return refuse('MESSAGE_NOT_TEXT', 'The body is not base64.');
  try {
    const bytes = inflateAll(Buffer.from(body, 'base64'), encoding, maxBytes);
    return isUtf8(bytes)
      ? { ok: true, text: bytes.toString() }
      : refuse('MESSAGE_NOT_TEXT', `The ${encoding} body is not UTF-8.`);
  } catch (error) {
    return error instanceof RangeError
      ? refuse('MESSAGE_TOO_LARGE', `The ${encoding} body inflates to more than ${maxBytes} bytes.`)
      : refuse('MESSAGE_NOT_TEXT', `The body is not ${encoding}, or something follows it.`);
  }
}

/** Bytes as text; the first of them say whether they are compressed. */
export function textOfBytes(bytes: Buffer, maxBytes: number): Text {
  const compression = compressionOf(bytes);
  try {
    const plain = compression === 'none' ? bytes : inflateAll(bytes, compression, maxBytes);
    const format = foreignFormatOf(plain);
    if (format !== undefined) return refuse('FORMAT_NOT_READ', `It is ${format}.`);
    return isUtf8(plain) ? { ok: true, text: plain.toString() } : refuse('MESSAGE_NOT_TEXT', 'It is not UTF-8.');
  } catch (error) {
    return error instanceof RangeError
      ? refuse('MESSAGE_TOO_LARGE', `It inflates to more than ${maxBytes} bytes.`)
      : refuse('MESSAGE_NOT_TEXT', `It is not whole ${compression}, or something follows it.`);
  }
}

/** With `info` the inflater comes along, which knows how many bytes it has read; the types of Node do not say so. */
type InflateWithInfo = (
  bytes: Uint8Array,
  options: ZlibOptions & { readonly info: true },
) => { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };

/**
 * Inflates every member of gzip, every frame of zstd.
 *
 * @throws  RangeError: there is more than maxBytes; Error: it is broken, cut off, or something else follows
 */
function inflateAll(bytes: Buffer, encoding: Compression, maxBytes: number): Buffer {
  const inflate = inflaters[encoding] as unknown as InflateWithInfo;
  const parts: Buffer[] = [];
  let [at, left] = [0, maxBytes];
  do {
    // An inflater takes no bound of 0; one byte too many is counted behind.
    const { buffer, engine } = inflate(bytes.subarray(at), { maxOutputLength: Math.max(1, left), info: true });
    if (buffer.byteLength > left) throw new RangeError('too large');
    parts.push(buffer);
    at += engine.bytesWritten;
    left -= buffer.byteLength;
  } while (at < bytes.byteLength);
  return parts.length === 1 ? (parts[0] ?? bytes) : Buffer.concat(parts);
}

const refuse = (code: Rejection['code'], detail: string): Text => ({ ok: false, rejection: { code, detail } });
