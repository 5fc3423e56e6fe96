import { posix } from 'node:path';

/** Source texts by their path from the project's root, with `/`. */
export type Tree = ReadonlyMap<string, string>;

/** Who may import whom: a file imports from its own floor or one below. The first entry that fits a path counts. */
const floors: readonly (readonly [prefix: string, floor: number])[] = [
  // Says its version.
  ['package.json', 0],
  ['src/kit/', 0],
  ['src/options/', 1],
  // Ports: what the steps ask of the world.
  ...['ports', 'object-store', 'queues', 'telemetry'].map((name) => [`src/${name}.ts`, 1] as const),
  ['src/rows/', 2],
  ['src/messages/', 3],
  // The type table and the planning are pure; what talks to MySQL, StarRocks and the disk is an adapter.
  ...['apply', 'compare-table', 'migrate', 'read-schema', 'write-output'].map(
    (name) => [`src/mysql/${name}.ts`, 4] as const,
  ),
  ['src/mysql/follow/', 4],
  ['src/mysql/', 3],
  ['src/ledger/', 4],
  ['src/starrocks/', 4],
  ['src/aws/', 4],
  ['src/producer/', 4],
  ['src/follow/', 5],
  ['src/check/', 5],
  ['src/delivery/', 5],
  ['src/pipeline/', 6],
  ['src/lambda/', 7],
  ['functions/', 8],
  ['cli/', 8],
  ['local/', 8],
  ['infra/', 8],
];

/** What may not be imported although its floor allows it. */
const walls: readonly { readonly from: RegExp; readonly to: RegExp; readonly why: string }[] = [
  { from: /^infra\//, to: /^src\/(?!options\/|kit\/)/, why: 'infra takes only the option table and the kit from src' },
  { from: /^(src|functions)\//, to: /^(local|cli|test|bench|scripts|infra)\//, why: 'what is deployed needs no tools' },
];

const forbiddenWords = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager', 'service', 'base', 'impl'];
const mostLines = 300;

/** Everything that a tree does against the rules, one sentence each. */
export function violations(tree: Tree): readonly string[] {
  const imports = new Map([...tree].map(([path, text]) => [path, importsOf(path, text)]));
  return [
    ...[...imports].flatMap(([from, targets]) => targets.flatMap((to) => climbs(from, to))),
    ...cycles(imports),
    ...[...tree].flatMap(([path, text]) => [...barrels(path, text), ...sizes(path, text), ...names(path)]),
  ];
}

/** Imports begin a line, as the formatter leaves them; `import()` may stand anywhere. */
const statement = /^(?:import|export)\s(?:[^'"`;]*?\bfrom\s*)?['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"`]([^'"`]+)['"`]/g;

/** The files of this project that a file imports, types and dynamic imports included. */
export function importsOf(path: string, text: string): readonly string[] {
  const code = withoutComments(text);
  const specifiers = [...code.matchAll(statement), ...code.matchAll(dynamic)].map(([, specifier = '']) => specifier);
  const own = specifiers.filter((specifier) => specifier.startsWith('.'));
  return [...new Set(own.map((specifier) => posix.join(posix.dirname(path), specifier)))];
}

/** Whole-line and block comments; what looks like one inside a string begins no line. */
const withoutComments = (text: string) => text.replace(/^\s*\/\/.*$/gm, '').replace(/^\s*\/\*.*?\*\//gms, '');

const floorOf = (path: string) => floors.find(([prefix]) => path.startsWith(prefix))?.[1];

function climbs(from: string, to: string): readonly string[] {
  const wall = walls.find((each) => each.from.test(from) && each.to.test(to));
  if (wall) return [`${from} imports ${to}: ${wall.why}`];
  const [low, high] = [floorOf(from), floorOf(to)];
  if (low === undefined) return [`${from} has no floor: give it one in test/architecture.ts`];
  if (high === undefined) return [`${from} imports ${to}, which has no floor`];
  return high > low ? [`${from} (floor ${low}) imports ${to} (floor ${high})`] : [];
}

function cycles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`cycle: ${[...trail.slice(start), path].join(' → ')}`);
    if (start >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

function barrels(path: string, text: string): readonly string[] {
  if (/(^|\/)index\.[cm]?ts$/.test(path)) return [`${path}: an index file is a barrel`];
  const rest = withoutComments(text)
    .replace(/^export\s[^'"`;=]*?\bfrom\s*['"][^'"]+['"];?/gm, '')
    .replace(/^import\s[^'"`;]*?\bfrom\s*['"][^'"]+['"];?/gm, '')
    .replace(/^export\s+(type\s*)?\{[^}]*\};?/gm, '');
  return text.includes('export') && rest.trim() === '' ? [`${path} holds nothing but re-exports`] : [];
}

function sizes(path: string, text: string): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  return lines > mostLines ? [`${path} has ${lines} lines, at most ${mostLines} are allowed`] : [];
}

function names(path: string): readonly string[] {
  const word = path.split(/[-./]/).find((part) => forbiddenWords.includes(part.toLowerCase()));
  return word === undefined ? [] : [`${path} is named ${word}, which says nothing`];
}
