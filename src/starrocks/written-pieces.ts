/** Between whoever sends a body and the connection that writes it: which pieces have left. */
const waiting = new WeakMap<Uint8Array, (piece: Uint8Array) => void>();

/**
 * Tells once, when all bytes of a piece are the kernel's: it has copied them, or what they were encrypted to. Of a piece that does not get so
 * far, or is written otherwise than as the object that it is, nothing is told.
 */
export function whenWritten(piece: Uint8Array, tell: (piece: Uint8Array) => void): void {
  waiting.set(piece, tell);
}

/** For the connection. @in  piece: was written whole, without an error */
export function tellWritten(piece: Uint8Array): void {
  const tell = waiting.get(piece);
  waiting.delete(piece);
  tell?.(piece);
}
