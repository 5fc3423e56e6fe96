import { choice, command, someText, wholeNumber } from '../command.ts';
import { withPlace } from '../place.ts';
import type { Terminal } from '../terminal.ts';
import { withSelection } from './selection.ts';

const named = 'Objects, as rejected list --show-names tells them; default: all that are chosen';

/** `rejected list | show | export | resend` */
export const createRejectedCommand = (terminal: Terminal) =>
  command('rejected', 'Look at rows and messages that were rejected, and send them again')
    .addCommand(createList(terminal))
    .addCommand(createShow(terminal))
    .addCommand(createExport(terminal))
    .addCommand(createResend(terminal));

const createList = (terminal: Terminal) =>
  withPlace(withSelection(command('list', 'Count what was rejected, by table, day and code', 'rejected')))
    .option('--show-names', 'Name the objects, too')
    .option('--json', 'Print one JSON object')
    .action(async (asked) => {
      const { runList } = await import('./run.ts');
      await runList(asked, terminal);
    });

const createShow = (terminal: Terminal) =>
  withPlace(withSelection(command('show', 'Show rejected rows and messages, and why they were', 'rejected')))
    .argument('[names...]', named)
    .option('--limit <n>', 'Rows and messages at the most', wholeNumber(1), 20)
    .option('--json', 'Print one JSON object')
    .action(async (names, asked) => {
      const { runShow } = await import('./run.ts');
      await runShow({ ...asked, names }, terminal);
    });

const createExport = (terminal: Terminal) =>
  withPlace(withSelection(command('export', 'Write rejected rows as a file', 'rejected')))
    .argument('[names...]', named)
    .addOption(choice('--as <format>', 'Format of the file', ['ndjson', 'csv']).default('ndjson' as const))
    .option('--with-reasons', 'Each row with its object, place, code, reason')
    .option('--out <file>', 'Where to; default: standard output', someText)
    .option('--json', 'Print one JSON object: the rows, or how many the file got')
    .action(async (names, asked) => {
      const { runExport } = await import('./run.ts');
      await runExport({ ...asked, names }, terminal);
    });

const createResend = (terminal: Terminal) =>
  withPlace(withSelection(command('resend', 'Send rejected rows and messages again', 'rejected')))
    .argument('[names...]', named)
    .option('--edit', 'Correct the rows of one object in $EDITOR')
    .option('--rows <file>', 'Corrected rows, as rejected export writes NDJSON; - is input', someText)
    .option('--again', 'Send also what was sent before')
    .option('--sure', 'Send also rows that a later delivery may have loaded')
    .option('--yes', 'Send; without this only what would be sent is told')
    .option('--dry-run', 'Only tell, which it does without --yes, too')
    .option('--json', 'Print one JSON object')
    .addHelpText('after', resendNotes)
    .action(async (names, asked) => {
      const { runResend } = await import('./run.ts');
      await runResend({ ...asked, names }, terminal);
    });

const resendNotes = `
The rows of one object are one chunk: exactly-once loads them once, however
often they are sent; with at-least-once a second sending may double them. A
message that was rejected whole is sent as it was. The exit code is 1 when
something was not sent.`;
