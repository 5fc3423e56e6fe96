import { command, nameAndValue, someText, wholeNumber } from './command.ts';
import { readMoment } from './moment.ts';
import { withPlace } from './place.ts';
import type { Terminal } from './terminal.ts';

export const createStatusCommand = (terminal: Terminal) =>
  withPlace(
    command('status', 'Tell how a sink is, or the story of one label, batch, chunk or message')
      .argument('[subject]', 'A label, a batch, a chunk id, or a message id: what became of it')
      .option('-c, --config <sink.json>', 'Options of the sink; default: variables', someText)
      .option('--option <name=value>', 'Set an option beside the config; may be repeated', nameAndValue)
      .option('--table <database.table>', 'Where a chunk is looked for; default: everywhere', someText)
      .option('--since <time>', 'Of a message id: it was sent not before; default: 1h', readMoment)
      .option('--until <time>', 'Of a message id: it was sent not after; default: now', readMoment)
      .option('--watch [seconds]', 'Look again and again, until Ctrl-C', wholeNumber(1, 86_400))
      .option('--json', 'Print JSON'),
  )
    .addHelpText('after', notes)
    .action(async (subject, asked) => {
      const { runStatus } = await import('./status/run.ts');
      terminal.exitCode = await runStatus(subject, asked, terminal);
    });

const notes = `
Queues are told where their URLs are known, loads where jdbc-url is, what is in
doubt and which sources are followed where the bucket is. The exit code is 1
when something waits for a person: dead letters, an undecided batch, a stopped
source; or cannot be told.`;
