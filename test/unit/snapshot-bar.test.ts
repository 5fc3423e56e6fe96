import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { createSnapshotBar } from '../../cli/snapshot-bar.ts';
import type { TableProgress } from '../../src/follow/mysql/place.ts';

/** A terminal, and what it shows. */
function terminal() {
  const stream = Object.assign(new PassThrough(), {
    ...{ isTTY: true, columns: 200, rows: 50 },
    ...{ cursorTo: () => true, moveCursor: () => true, clearLine: () => true, getColorDepth: () => 1 },
  });
  let shown = '';
  stream.on('data', (part) => {
    shown += String(part);
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => stripVTControlCharacters(shown) };
}

const table = (name: string, rows: number, estimatedRows: number, isDone = false): TableProgress => ({
  ...{ database: 'shop', table: name, rows, estimatedRows, open: [] },
  ...(isDone ? { ranges: { key: 'k', count: 1 }, next: 1 } : { next: 0 }),
});

it('shows tables that are copied, rows, rows a second and the time that is left', () => {
  const { stream, text } = terminal();
  const bar = createSnapshotBar(stream);
  bar.show([table('a', 0, 1000), table('b', 0, 500)]);
  expect(text()).toContain('0/2 tables');
  expect(text()).toContain('0/~1500 rows');
  // There were fewer rows than the server believed.
  bar.show([table('a', 800, 1000, true), table('b', 100, 500)]);
  bar.stop();
  expect(text()).toMatch(/1\/2 tables .* 900\/~1300 rows, \d+ rows\/s, \S+ left/);
});

it('counts rows beyond what the server believed', () => {
  const { stream, text } = terminal();
  const bar = createSnapshotBar(stream);
  bar.show([table('a', 10, 5)]);
  bar.show([table('a', 20, 5)]);
  bar.stop();
  expect(text()).toContain('20/~20 rows');
});
