import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const inOneLine = (path: string) => readFileSync(path, 'utf8').replaceAll(/\s+/g, ' ');

/** Titles stand in italics behind the file that holds them: `file` › *title*; › *title*. */
function readEvidence(page: string): (readonly [file: string, title: string])[] {
  let file = '';
  const evidence: (readonly [string, string])[] = [];
  for (const [, named, title] of page.matchAll(/`(test\/[^`]+\.ts)`|› \*([^*]+)\*/g)) {
    if (named !== undefined) file = named;
    if (title !== undefined && file !== '') evidence.push([file, title]);
  }
  return evidence;
}

const evidence = readEvidence(inOneLine('docs/delivery.md'));

it('docs/delivery.md names tests by the dozen', () => {
  expect(evidence.length).toBeGreaterThan(50);
});

it.each(evidence)('docs/delivery.md names a test that is there: %s › %s', (file, title) => {
  expect(inOneLine(file)).toContain(title);
});
