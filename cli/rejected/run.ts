import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import { invocation, quoted } from '../invocation.ts';
import { findPlace, type Place, type PlaceAsked, required } from '../place.ts';
import type { Terminal } from '../terminal.ts';
import { visible } from '../visible.ts';
import { type Corrections, edit, readCorrections } from './corrected.ts';
import { type ExportAsked, exported, exportedRows } from './export.ts';
import { groupsOf, listLines } from './list.ts';
import { openResend } from './open-resend.ts';
import { type ResendEnd, resend } from './resend.ts';
import type { Selection } from './selection.ts';
import { shownLines } from './show.ts';
import { chosenRows, readStored, type StoredObject } from './stored.ts';

type Asked = PlaceAsked &
  Omit<Selection, 'names'> & { readonly names?: readonly string[]; readonly json?: true | undefined };

interface Opened {
  readonly place: Place;
  readonly bucket: string;
  readonly objects: ObjectStore;
  /** All that were chosen, whole. */
  readonly stored: readonly StoredObject[];
  /** Of these the rows that were chosen. */
  readonly chosen: readonly StoredObject[];
}

async function open(asked: Asked, { env }: Terminal): Promise<Opened> {
  const place = await findPlace(asked, env);
  const bucket = required(place.bucket, 'bucket', '--bucket, the output BucketName of the stack');
  const objects = s3ObjectStore(bucket, place.aws);
  const selection = { ...asked, names: asked.names ?? [] };
  const stored = await readStored(selection, objects);
  const chosen = stored.map((each) => (each.kind === 'rows' ? chosenRows(each, selection) : each));
  return { place, bucket, objects, stored, chosen };
}

export async function runList(
  asked: Asked & { readonly names?: never; readonly showNames?: true | undefined },
  terminal: Terminal,
) {
  const { chosen } = await open(asked, terminal);
  const groups = groupsOf(chosen);
  terminal.stdout.write(
    `${asked.json ? JSON.stringify({ groups }) : visible(listLines(groups, asked.showNames === true))}\n`,
  );
}

export async function runShow(asked: Asked & { readonly limit: number }, terminal: Terminal): Promise<void> {
  const { chosen } = await open(asked, terminal);
  const shown = asked.json
    ? JSON.stringify({ objects: chosen.slice(0, asked.limit) })
    : visible(shownLines(chosen, asked.limit));
  terminal.stdout.write(`${shown}\n`);
}

export async function runExport(
  asked: Asked & {
    readonly as: ExportAsked['as'];
    readonly withReasons?: true | undefined;
    readonly out?: string | undefined;
  },
  terminal: Terminal,
): Promise<void> {
  const { chosen } = await open(asked, terminal);
  const written = exported(chosen, { as: asked.as, withReasons: asked.withReasons === true });
  if (asked.out !== undefined) await writeFile(asked.out, written);
  const whole = chosen.filter(({ kind }) => kind === 'message').length;
  if (asked.json) {
    const rows = exportedRows(chosen);
    const where = asked.out === undefined ? { rows } : { file: asked.out };
    terminal.stdout.write(`${JSON.stringify({ count: rows.length, wholeMessages: whole, ...where })}\n`);
    return;
  }
  if (asked.out === undefined) terminal.stdout.write(written);
  if (whole > 0) terminal.stderr.write(`${whole} whole messages are left out: see rejected show.\n`);
}

export interface ResendAsked extends Asked {
  readonly names: readonly string[];
  readonly edit?: true | undefined;
  readonly rows?: string | undefined;
  readonly again?: true | undefined;
  readonly sure?: true | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
}

export async function runResend(asked: ResendAsked, terminal: Terminal): Promise<void> {
  if (asked.dryRun && asked.yes) throw invalid('--dry-run and --yes contradict each other: leave one out.');
  if (asked.edit && asked.rows !== undefined) throw invalid('--edit and --rows contradict each other: leave one out.');
  const { place, bucket, objects, stored } = await open(asked, terminal);
  const queueUrl = required(place.rowsQueueUrl, 'queue', '--queue-url, the output RowsQueueUrl of the stack');
  const { corrections, path } = await corrected(asked, stored, terminal);
  const { deps, close } = openResend({ aws: place.aws, bucket, objects, queueUrl });
  const terms = { corrections, again: asked.again === true, sure: asked.sure === true, sends: asked.yes === true };
  const ends = await resend(stored, terms, deps).finally(close);
  if (asked.json) terminal.stdout.write(`${JSON.stringify({ objects: ends, ...(path && { rows: path }) })}\n`);
  else terminal.stdout.write(`${visible(endLines(ends, terms.sends, pasteable(asked, terminal, path)))}\n`);
  if (ends.some(({ state }) => state === 'not sent')) terminal.exitCode = 1;
}

const invalid = (problem: string) => new SinkError('OPTIONS_INVALID', problem);

async function corrected(
  asked: ResendAsked,
  stored: readonly StoredObject[],
  { env, stdin }: Terminal,
): Promise<{ corrections: Corrections | undefined; path?: string }> {
  if (asked.rows !== undefined) {
    const found = asked.rows === '-' ? await text(stdin) : await readFile(asked.rows, 'utf8');
    return { corrections: readCorrections(found, stored, asked.rows === '-' ? 'input' : asked.rows) };
  }
  if (!asked.edit) return { corrections: undefined };
  const [only, ...others] = stored.filter(({ kind }) => kind === 'rows');
  if (only?.kind !== 'rows' || others.length > 0 || stored.length > 1)
    throw invalid(`--edit takes the rows of one object, and ${stored.length} objects are chosen: name one.`);
  const edited = await edit(only, env['VISUAL'] || env['EDITOR']);
  return { corrections: readCorrections(edited.text, stored, edited.path), path: edited.path };
}

/** The same once more, which sends: edited rows by the file that they are in. */
function pasteable(asked: ResendAsked, { env }: Terminal, path: string | undefined): string {
  const { names, table, code, since, until, stack, bucket, queueUrl, region, endpoint, again, sure } = asked;
  const options = { table, code, since, until, stack, bucket, 'queue-url': queueUrl, region, endpoint };
  const told = Object.entries({ ...options, rows: path ?? asked.rows }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, quoted(value)],
  );
  const flags = [...(again ? ['--again'] : []), ...(sure ? ['--sure'] : []), '--yes'];
  return [invocation({ env, argv: process.argv }), 'rejected', 'resend', ...names.map(quoted), ...told, ...flags].join(
    ' ',
  );
}

function endLines(ends: readonly ResendEnd[], sends: boolean, command: string): string {
  if (ends.length === 0) return 'Nothing was rejected.';
  const lines = ends.map(({ name, state, rows = 0, leftOut = 0, why }) => {
    if (why !== undefined) return `${name}: ${state}. ${why}`;
    const what = name.startsWith('messages/') ? 'a message' : `${rows} rows`;
    return `${name}: ${what} ${state}${leftOut > 0 ? `, ${leftOut} left out` : ''}`;
  });
  const hint = sends ? [] : [`Nothing was sent. To send it:\n${command}`];
  return [...lines, ...hint].join('\n');
}
