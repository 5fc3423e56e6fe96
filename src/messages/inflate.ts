import { isUtf8 } from 'node:buffer';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Rejection } from '../rows/chunk.ts';

export type Encoding = 'plain' | 'gzip' | 'zstd';

type Text = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly rejection: Rejection };

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
    const bytes = inflaters[encoding](Buffer.from(body, 'base64'), { maxOutputLength: maxBytes });
    return isUtf8(bytes)
      ? { ok: true, text: bytes.toString() }
      : refuse('MESSAGE_NOT_TEXT', `The ${encoding} body is not UTF-8.`);
  } catch (error) {
    return error instanceof RangeError
      ? refuse('MESSAGE_TOO_LARGE', `The ${encoding} body inflates to more than ${maxBytes} bytes.`)
      : refuse('MESSAGE_NOT_TEXT', `The body is not ${encoding}.`);
  }
}

const refuse = (code: Rejection['code'], detail: string): Text => ({ ok: false, rejection: { code, detail } });
