/**
 * Compiles the scanner of rows to WebAssembly. What it makes is kept in the repository, so that who runs it needs no compiler, which is larger
 * than all else that is installed here; it has a package of its own. A test holds the digest of the source against the one that was compiled.
 */
import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const source = new URL('../../src/rows/assembly/scan-rows.ts', import.meta.url);
const target = new URL('../../src/rows/scan-rows-wasm.ts', import.meta.url);

/** Of 64 KiB: one for the form, the others for the text. */
const pages = 5;

const text = readFileSync(source, 'utf8');
let binary: Uint8Array = new Uint8Array();
const options = ['--runtime', 'stub', '--noAssert', '--enable', 'simd', '-O3', '--initialMemory', String(pages)];
const { error, stderr } = await asc.main(['scan-rows.ts', '--outFile', 'scan-rows.wasm', ...options], {
  readFile: (name) => (name === 'scan-rows.ts' ? text : null),
  writeFile: (_, contents) => {
    binary = contents as Uint8Array;
  },
  listFiles: () => [],
});
if (error) throw new Error(`${source.pathname} does not compile: ${stderr.toString()}`);
writeFileSync(
  target,
  `/** Made by \`npm run build:scanner\` from \`assembly/scan-rows.ts\`, whose digest this is. */
export const scanRowsSource = '${hash('sha256', text)}';

export const scanRowsWasm =
  '${Buffer.from(binary).toString('base64')}';
`,
);
