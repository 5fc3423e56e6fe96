import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { PageFileName } from './build-page.ts';

export interface PageFile {
  /** Content type. */
  readonly type: string;
  readonly body: Uint8Array;
}

const types = {
  'index.html': 'text/html; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
} as const satisfies Readonly<Record<PageFileName, string>>;

/** The package has the page beside what runs this; a clone has its sources, and makes it. */
const packed = new URL('console/', import.meta.url);

/** The files of the page, by the path under which they are asked for. */
export async function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const bodies = existsSync(packed) ? await readPacked() : await (await import('./build-page.ts')).buildPage();
  const files = Object.entries(types).map(([name, type]): [string, PageFile] => {
    const body = bodies[name as PageFileName];
    return [name === 'index.html' ? '/' : `/${name}`, { type, body }];
  });
  return new Map(files);
}

async function readPacked(): Promise<Readonly<Record<PageFileName, Uint8Array>>> {
  const read = (name: PageFileName) => readFile(new URL(name, packed));
  const [html, script, style] = await Promise.all([read('index.html'), read('main.js'), read('style.css')]);
  return { 'index.html': html, 'main.js': script, 'style.css': style };
}
