/** A text is looked at in pieces, the first of which tells mostly that it is not ASCII. */
const pieceCharacters = { first: 256, most: 16 * 1024 };
/** Holds a piece of ASCII, and of any other at least one byte more than it has characters. */
const room = Buffer.alloc(pieceCharacters.most + 4);

/** Counting is faster up to here. */
const shortCharacters = 512;

/**
 * How many bytes a text has in UTF-8: what Buffer.byteLength says, which looks at each character by itself. Long texts are mostly ASCII, and
 * writing that is ten times as fast as counting.
 */
export function utf8Bytes(text: string): number {
  if (text.length <= shortCharacters) return Buffer.byteLength(text);
  let size = pieceCharacters.first;
  for (let at = 0; at < text.length; ) {
    const piece = text.slice(at, at + size);
    // What stands before is ASCII, so that no pair of surrogates was cut.
    if (room.write(piece) !== piece.length) return at + Buffer.byteLength(text.slice(at));
    at += piece.length;
    size = Math.min(2 * size, pieceCharacters.most);
  }
  return text.length;
}
