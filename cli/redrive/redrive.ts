import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { createRuntime } from '../../src/lambda/runtime.ts';
import { wireLedger } from '../../src/lambda/wire-ledger.ts';
import { holderOf } from '../../src/ledger/claims.ts';
import { type Assumption, assume } from '../../src/ledger/ledger.ts';
import type { Decision } from '../../src/ledger/records.ts';
import type { RawOptions } from '../../src/options/parse.ts';
import { variablesFromOptions } from '../../src/options/sources.ts';
import { choice, command, type OptionsOf, someText, webAddress, wholeNumber } from '../command.ts';
import { deployedOptions } from '../deployed-options.ts';
import { findPlace, withPlace } from '../place.ts';
import { findInDoubt, type Known, type KnownDeps, standingOf } from './known.ts';
import type { RedriveSurroundings } from './surroundings.ts';
import { describe, writingOf } from './tell.ts';

type RedriveOptions = OptionsOf<ReturnType<typeof createRedriveCommand>>;

/** S3 and StarRocks are waited for so long. */
const patienceMs = 30_000;

/**
 * `redrive`: moves dead letters back; shows what is in doubt, and takes a person's word for a batch that nobody else can tell of.
 * Changes nothing without --yes.
 */
export const createRedriveCommand = (surroundings: RedriveSurroundings) =>
  withPlace(
    command('redrive', 'Move dead letters back; show what is in doubt (exactly-once), and decide it')
      .addOption(choice('--dead-letters <which>', 'Move those of this queue of the --stack', ['rows', 'load']))
      .option('--from <url>', 'Move the dead letters of this queue', webAddress)
      .option('--to <url>', 'The queue that they belong to; default: the rows queue', webAddress)
      .option('--rate <n>', 'Messages moved a second, at the most', wholeNumber(1, 10_000))
      .option('--batch <batch>', 'Of what is in doubt, only this batch', someText)
      .option('--label <label>', 'Only the batch of this label of StarRocks', someText)
      .option('--chunk <id>', 'Only the batch that holds this chunk; with --table', someText)
      .option('--table <database.table>', 'The table of --chunk', someText)
      .addOption(
        choice('--assume <what>', 'What you found in the table for an undecided batch', ['loaded', 'not-loaded']),
      )
      .option('--yes', 'Do it; without this only what would be done is shown')
      .option('--dry-run', 'Only show, which it does without --yes, too')
      .option('--json', 'Print one JSON object')
      .option('--config <file>', "The sink's options, as they were deployed; default: variables", someText),
  )
    .addHelpText('after', notes)
    .action(async (given) => {
      if (given.dryRun && given.yes) throw invalid('--dry-run and --yes contradict each other: leave one out.');
      if (given.deadLetters === undefined && given.from === undefined && given.to === undefined) {
        if (given.rate !== undefined) throw invalid('--rate is that of dead letters: give --from, or --dead-letters.');
        await redrive(given, surroundings);
        return;
      }
      if ([given.assume, given.batch, given.label, given.chunk].some((each) => each !== undefined))
        throw invalid('Dead letters are moved, or what is in doubt is decided: one at a time.');
      const { runMove } = await import('./move.ts');
      if (!(await runMove(given, surroundings))) surroundings.notWell?.();
    });

const notes = `
Dead letters keep their identity, so that exactly-once loads them once. The exit
code is 1 when a dead letter stays that should have been moved, or AWS refuses;
2 when nothing can be done as it is asked, such as an assumption of a batch that
is not undecided.`;

const invalid = (problem: string) => new SinkError('OPTIONS_INVALID', problem);

async function redrive(given: RedriveOptions, { print, ...surroundings }: RedriveSurroundings): Promise<void> {
  const names = [given.batch, given.label, given.chunk].filter((name) => name !== undefined);
  if (names.length > 1 || (given.chunk === undefined) !== (given.table === undefined)) {
    throw new SinkError('OPTIONS_INVALID', 'Name one batch: by --batch, by --label, or by --chunk and --table.');
  }
  if (given.assume !== undefined && names.length === 0) {
    throw new SinkError(
      'OPTIONS_INVALID',
      '--assume needs --batch, --label or --chunk: each batch is looked for by itself.',
    );
  }
  const nowMs = systemClock.now();
  const deps = await open(given, surroundings, nowMs + patienceMs);
  const batch = await batchOf(given, deps);
  const found = await findInDoubt(batch, deps);
  const batches = found.map((known) => ({ ...known, standing: standingOf(known, nowMs) }));
  if (given.assume === undefined) {
    const text = batches.map((known) => describe(known, nowMs)).join('\n\n') || 'Nothing is in doubt.';
    print(given.json ? JSON.stringify({ batches }) : text);
    return;
  }
  const undecided = requireUndecided(found, batch ?? '', nowMs);
  const writing = writingOf(undecided, given.assume);
  const decision = given.yes ? await write(undecided, given.assume, deps) : undefined;
  if (given.json) print(JSON.stringify({ batches, writing, isWritten: decision !== undefined }));
  else print(`${describe(undecided, nowMs)}\n\n${decision ? 'Wrote' : 'With --yes, would write'} ${writing}`);
}

/** @throws SinkError OPTIONS_INVALID: nobody holds the chunk */
async function batchOf(given: RedriveOptions, { ledger }: KnownDeps): Promise<string | undefined> {
  // A label is its batch and the number of the attempt.
  if (given.label !== undefined) return given.label.replace(/-\d+$/, '');
  if (given.chunk === undefined || given.table === undefined) return given.batch;
  const [database = '', table = ''] = given.table.split(/\.(.*)/s);
  const holder = await holderOf({ database, table }, given.chunk, ledger);
  if (holder !== undefined) return holder;
  throw new SinkError('OPTIONS_INVALID', `No batch holds the chunk ${given.chunk} of ${given.table}.`);
}

async function open(
  given: RedriveOptions,
  { env, aws }: Omit<RedriveSurroundings, 'print'>,
  deadlineMs: number,
): Promise<KnownDeps> {
  const { options: deployed, routes } = deployedOptions(given.config, env);
  const place = await findPlace(given, env, aws);
  const options: RawOptions = {
    ...deployed,
    ...(place.bucket === undefined ? {} : { 'sink.bucket': place.bucket }),
  };
  if (options['sink.bucket'] === undefined) {
    throw new SinkError('OPTIONS_INVALID', 'No bucket is named; give --bucket, the output BucketName of the stack.');
  }
  const silent = { event: () => undefined, count: () => undefined };
  const settings = { clock: systemClock, telemetry: silent, longestRunMs: patienceMs, routes };
  const runtime = await createRuntime(variablesFromOptions(options), place.aws, settings, wireLedger)();
  return { ledger: runtime.wired.ledger({ deadlineMs }), transactions: runtime.wired.transactions };
}

/** The attempt that was decided upon, if nobody but a person can tell what became of it. */
function requireUndecided(found: readonly Known[], batch: string, nowMs: number): Known {
  const undecided = found.find((known) => standingOf(known, nowMs) === 'undecided');
  if (undecided !== undefined) return undecided;
  const known = found.map((each) => describe(each, nowMs)).join('\n\n');
  throw new SinkError(
    'OPTIONS_INVALID',
    known === ''
      ? `Nothing of batch ${batch} is in doubt; is it spelt as the log says, and the bucket the right one?`
      : `Batch ${batch} is not undecided, so nothing is assumed of it.\n${known}`,
  );
}

async function write({ batch }: Known, assumption: Assumption, { ledger }: KnownDeps): Promise<Decision> {
  const decision = await assume(batch, assumption, ledger);
  const wanted = assumption === 'loaded' ? 'done' : 'void';
  if (decision?.state === wanted) return decision;
  throw new SinkError(
    'LEDGER_UNAVAILABLE',
    `Somebody else settled batch ${batch} meanwhile: ${decision?.state ?? 'it is gone'}.`,
  );
}
