/** Edits that turn one word into the other: insert, delete, replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known word that somebody who wrote `word` most likely meant; undefined when none is alike. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(2, word.length / 3);
  // Each character that one has more is an edit.
  const alike = known.filter((candidate) => Math.abs(candidate.length - word.length) <= most);
  const ranked = alike.map((candidate) => ({ candidate, edits: distance(word, candidate) }));
  const best = ranked.sort((a, b) => a.edits - b.edits)[0];
  return best && best.edits <= most ? best.candidate : undefined;
}
