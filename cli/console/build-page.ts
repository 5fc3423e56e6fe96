import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

export type PageFileName = 'index.html' | 'main.js' | 'style.css';

const folder = new URL('page/', import.meta.url);

/** Bundles the page from its sources, its plotting library included. */
export async function buildPage(
  note: (metafile: Metafile) => void = () => undefined,
): Promise<Readonly<Record<PageFileName, Uint8Array>>> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: fileURLToPath(folder),
    entryPoints: { main: 'main.ts', style: 'style.css' },
    outdir: 'built',
    metafile: true,
    ...{ bundle: true, write: false, minify: true, format: 'esm', platform: 'browser', target: 'es2022' },
    // Whose the plotting library is stays in it, as its license asks.
    ...{ legalComments: 'inline', logLevel: 'warning' },
  });
  note(metafile);
  const built = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.contents ?? new Uint8Array();
  return {
    'index.html': await readFile(new URL('index.html', folder)),
    'main.js': built('main.js'),
    'style.css': built('style.css'),
  };
}
