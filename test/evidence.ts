import { readFileSync } from 'node:fs';

const inOneLine = (path: string) => readFileSync(path, 'utf8').replaceAll(/\s+/g, ' ');

/** The tests that a page names: titles in italics behind the file that holds them, `file` › *title*; › *title*. */
export function readEvidence(page: string): (readonly [file: string, title: string])[] {
  let file = '';
  const evidence: (readonly [string, string])[] = [];
  for (const [, named, title] of inOneLine(page).matchAll(/`(test\/[^`]+\.ts)`|› \*([^*]+)\*/g)) {
    if (named !== undefined) file = named;
    if (title !== undefined && file !== '') evidence.push([file, title]);
  }
  return evidence;
}

export const holdsTitle = (file: string, title: string): boolean => inOneLine(file).includes(title);
