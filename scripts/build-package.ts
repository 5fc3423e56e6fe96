import { cp, mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { buildPage } from '../cli/console/build-page.ts';
import packageJson from '../package.json' with { type: 'json' };
import { BundledPackages, type NoteBundle, writeBill } from './bill-of-materials.ts';
import { bundleFunctions } from './build.ts';

const absWorkingDir = fileURLToPath(new URL('..', import.meta.url));

/** What whoever installs the package gets with it, or is asked for when it is needed. */
const installed = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.peerDependencies)];

const shared = {
  absWorkingDir,
  bundle: true,
  platform: 'node',
  external: installed,
  mainFields: ['module', 'main'],
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** CommonJS packages inside an ES module ask for `require`. */
const banner = {
  js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
};

/**
 * Makes what the published package runs besides the library: producer and tables, also for CommonJS and Node 20; the command, with
 * its libraries in it, and the page of `console`; and the stack for tests.
 *
 * @in  outdir: the folder that `tsc -p tsconfig.build.json` wrote its `lib` into
 */
export async function bundlePackage(outdir = 'dist', note: NoteBundle = () => undefined): Promise<void> {
  const producer = {
    ...shared,
    entryPoints: { producer: 'src/producer/producer.ts', table: 'src/producer/define-table.ts' },
    outdir: `${outdir}/producer`,
    target: 'node20',
  };
  const [esm, cjs, command] = await Promise.all([
    build({ ...producer, format: 'esm' }),
    build({ ...producer, format: 'cjs', outExtension: { '.js': '.cjs' } }),
    build({
      ...shared,
      entryPoints: { start: 'cli/start.ts', main: 'cli/main.ts', testing: 'local/testing.ts' },
      outdir: `${outdir}/cli`,
      format: 'esm',
      target: 'node24',
      splitting: true,
      // Only a clone bundles the page when it is asked for.
      external: [...installed, 'esbuild'],
      keepNames: true,
      define: { esbuildDetection: 'true' },
      banner,
    }),
  ]);
  for (const { metafile } of [esm, cjs]) note('producer', metafile);
  note('cli', command.metafile);
  await writeFile(
    `${absWorkingDir}${outdir}/cli/testing.d.ts`,
    "import type { StartTestSink } from '../lib/local/test-sink.js';\nexport type * from '../lib/local/test-sink.js';\nexport declare const startTestSink: StartTestSink;\n",
  );
  const page = `${absWorkingDir}${outdir}/cli/console`;
  await mkdir(page, { recursive: true });
  for (const [name, bytes] of Object.entries(await buildPage((metafile) => note('console', metafile))))
    await writeFile(`${page}/${name}`, bytes);
  // The same types for CommonJS: whether a declaration is of a module is said by the package.json above it.
  await cp(`${absWorkingDir}${outdir}/lib/src`, `${absWorkingDir}${outdir}/cjs/src`, {
    recursive: true,
    filter: (path) => !/\.js$/.test(path),
  });
  await writeFile(`${absWorkingDir}${outdir}/cjs/package.json`, '{ "type": "commonjs" }\n');
}

if (import.meta.main) {
  const bundled = new BundledPackages();
  await bundleFunctions('dist/functions', bundled.note);
  await bundlePackage('dist', bundled.note);
  await writeBill(bundled);
}
