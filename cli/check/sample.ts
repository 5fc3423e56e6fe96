import { basename } from 'node:path';
import type { Sample } from '../../src/lambda/wire-sample-check.ts';
import { readText } from '../read-text.ts';

/** More rows tell the same. */
const mostCharacters = 1024 ** 2;

/**
 * The rows of a file as a producer would send them: its first mebibyte.
 *
 * @throws UnreadableFile; what the file system throws
 */
export async function sampleOf({
  sample: path,
  table,
}: {
  readonly sample?: string | undefined;
  readonly table?: string | undefined;
}): Promise<Sample | undefined> {
  if (path === undefined) return undefined;
  const parts: string[] = [];
  let characters = 0;
  for await (const text of readText(path, process.stdin, () => undefined)) {
    parts.push(text);
    characters += text.length;
    if (characters > mostCharacters) break;
  }
  const text = parts.join('');
  const [database, name] = table?.split('.') ?? [];
  const isCsv = /\.[ct]sv(\.(gz|zst))?$/i.test(path);
  return {
    name: basename(path),
    // What is cut off would be no row.
    text: characters > mostCharacters ? text.slice(0, text.lastIndexOf('\n')) : text,
    attributes: {
      ...(database !== undefined && name !== undefined && { database, table: name }),
      ...(isCsv && { format: 'csv' }),
    },
  };
}
