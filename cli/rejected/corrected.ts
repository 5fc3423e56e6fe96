import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SinkError } from '../../src/kit/errors.ts';
import { lineOf, readLineWithReasons, textOfLine } from './row-text.ts';
import type { StoredObject, StoredRows } from './stored.ts';

/** The rows that are to be sent instead, by the object that they are from. */
export type Corrections = ReadonlyMap<string, readonly string[]>;

/**
 * Reads corrected rows: lines as `rejected export` writes them, empty lines and lines that begin with # left out. Rows without
 * their object's name are those of the only object that is sent.
 *
 * @throws SinkError OPTIONS_INVALID: a line that is no row, or is of an object that is not sent
 */
export function readCorrections(text: string, objects: readonly StoredObject[], from: string): Corrections {
  const names = new Set(objects.flatMap((each) => (each.kind === 'rows' ? [each.name] : [])));
  const [only] = names;
  const found = text
    .split('\n')
    .map((line, at) => ({ line: line.trim(), at: at + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, at }) => {
      const known = readLineWithReasons(line);
      const name = known?.name ?? (names.size === 1 ? only : undefined);
      const row = textOfLine(known?.value ?? line);
      const where = `${from}, line ${at}`;
      if (row === undefined) throw invalid(where, 'it is neither a JSON object nor a JSON string.');
      if (name === undefined)
        throw invalid(where, `it names no object, and ${names.size} are sent: export --with-reasons names it.`);
      if (!names.has(name)) throw invalid(where, `it is of ${name}, which is not among those that are sent.`);
      return [name, row] as const;
    });
  const rows = Map.groupBy(found, ([name]) => name);
  return new Map([...names].map((name) => [name, (rows.get(name) ?? []).map(([, row]) => row)]));
}

const invalid = (where: string, problem: string) => new SinkError('OPTIONS_INVALID', `${where}: ${problem}`);

/** What a person edits: each row a line, its reason above it. */
export const editableText = ({ name, rows }: StoredRows): string =>
  [
    `# ${name}`,
    '# Each line is a row; correct it, or take it out: it is not sent then. Lines that begin with # are not sent.',
    ...rows.flatMap((row) => [`# row ${row.row + 1}: ${row.reason.replace(/[\r\n]+/g, ' ')}`, lineOf(row)]),
    '',
  ].join('\n');

/**
 * Opens an editor on the rows of an object.
 *
 * @out    where the file is: what was edited is kept, whatever becomes of it
 * @throws SinkError OPTIONS_INVALID: there is no editor, or it failed
 */
export async function edit(stored: StoredRows, editor: string | undefined): Promise<{ path: string; text: string }> {
  if (!editor) throw new SinkError('OPTIONS_INVALID', 'No editor is named: set EDITOR, or give the rows by --rows.');
  const path = join(await mkdtemp(join(tmpdir(), 'starrocks-sink-')), 'rows.ndjson');
  await writeFile(path, editableText(stored), { mode: 0o600 });
  // An editor may be several words (`code --wait`), as git takes it: the shell parts them, and the path is an argument of its own.
  const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new SinkError('OPTIONS_INVALID', `The editor (${editor}) ended with ${code}; ${path} is kept.`);
  return { path, text: await readFile(path, 'utf8') };
}
