import { isUtf8 } from 'node:buffer';

/** A piece of a body as text, one byte per character, that can be made longer at its end. */
export interface TextWindow {
  text: string;
  /** What comes before has been read. */
  at: number;
  /** No byte follows the text. */
  ended: boolean;
  /** Forgets what has been read and appends at least as many bytes as are left, so that reading again costs little. */
  more(): Promise<void>;
}

/** @in check: sees every chunk, and undefined at the end. */
export function textWindow(chunks: AsyncIterable<Buffer>, check?: (chunk: Buffer | undefined) => void): TextWindow {
  const iterator = chunks[Symbol.asyncIterator]();
  const window: TextWindow = {
    text: '',
    at: 0,
    ended: false,
    async more() {
      const parts = [window.text.slice(window.at)];
      let wanted = window.text.length - window.at;
      do {
        const next = await iterator.next();
        window.ended = next.done === true;
        check?.(window.ended ? undefined : next.value);
        if (window.ended) break;
        parts.push(next.value.toString('latin1'));
        wanted -= next.value.length;
      } while (wanted > 0);
      window.text = parts.join('');
      window.at = 0;
    },
  };
  return window;
}

/** A text that is there already. */
export function wholeWindow(text: string): TextWindow {
  return { text, at: 0, ended: true, more: async () => undefined };
}

/** Tells of every chunk whether the bytes so far are UTF-8; a character may be cut by the end of a chunk. */
export function utf8Check(): (chunk: Buffer | undefined) => boolean {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    if (chunk === undefined) return rest.length === 0;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - cutCharacterBytes(bytes);
    rest = Buffer.from(bytes.subarray(whole));
    return isUtf8(bytes.subarray(0, whole));
  };
}

/** How many bytes at the end begin a character that the end cuts. */
function cutCharacterBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? back : 0;
    }
  }
  return 0;
}
