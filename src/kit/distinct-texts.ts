/** Characters that tell texts apart: identities mostly end with chance. */
const charactersLooked = 12;

/**
 * Says of thousands of identities, in less than half of the time that a Set takes, that none of them is there twice.
 *
 * @out  true: all differ; false: it seems that two are the same, which has to be looked at
 */
export function areDistinct(texts: readonly string[]): boolean {
  // At most half of the slots get a number, so that a free one is near.
  const slots = new Int32Array(2 ** (33 - Math.clz32(texts.length)));
  const mask = slots.length - 1;
  for (const text of texts) {
    const number = numberOf(text);
    let slot = number & mask;
    while (slots[slot] !== 0) {
      if (slots[slot] === number) return false;
      slot = (slot + 1) & mask;
    }
    slots[slot] = number;
  }
  return true;
}

/** Not 0, which is a free slot. @source FNV-1a, and the end of MurmurHash3, so that the low bits tell all characters */
function numberOf(text: string): number {
  let number = text.length;
  for (let at = Math.max(0, text.length - charactersLooked); at < text.length; at++)
    number = Math.imul(number ^ text.charCodeAt(at), 0x01000193);
  number = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  return number ^ (number >>> 13) || 1;
}
