import { build, type Plugin } from 'esbuild';

/** Lambda runs one engine, so of undici's four copies of an HTTP parser only the one that this engine takes is kept. */
const oneHttpParser: Plugin = {
  name: 'one-http-parser',
  setup({ onLoad }) {
    onLoad({ filter: /undici\/lib\/(llhttp\/llhttp-wasm|milo\/.*)\.js$/ }, () => ({ contents: 'module.exports = undefined' }));
  },
};

export const functionNames = ['ingest'] as const;

/**
 * Bundles the functions for Lambda: `dist/functions/<name>/handler.mjs`, what is loaded at the start in one file, what is
 * seldom needed (Secrets Manager, MySQL, S3) in files beside it.
 *
 * @out  bytes of each file, by path
 */
export async function bundleFunctions(outdir = 'dist/functions'): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of functionNames) {
    const { metafile } = await build({
      entryPoints: { handler: `functions/${name}/handler.ts` },
      outdir: `${outdir}/${name}`,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      minify: true,
      keepNames: true,
      sourcemap: 'linked',
      sourcesContent: false,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      mainFields: ['module', 'main'],
      metafile: true,
      legalComments: 'none',
      plugins: [oneHttpParser],
      // CommonJS packages inside an ES module ask for `require`.
      banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    });
    for (const [path, { bytes }] of Object.entries(metafile.outputs)) if (path.endsWith('.mjs')) sizes.set(path, bytes);
  }
  return sizes;
}

if (import.meta.main) {
  for (const [path, bytes] of await bundleFunctions()) console.log(`${(bytes / 1024).toFixed(0).padStart(6)} KB  ${path}`);
}
