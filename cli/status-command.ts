import { command, nameAndValue, someText } from './command.ts';
import type { Terminal } from './terminal.ts';

export const createStatusCommand = (terminal: Terminal) =>
  command('status', 'Tell how far the sources of a sink are followed')
    .requiredOption('-c, --config <sink.json>', 'Options of the sink', someText)
    .option('--bucket <name>', "The sink's bucket, if the config names none", someText)
    .option('--endpoint <url>', 'Where S3 is, if not at AWS', someText)
    .option('--option <name=value>', 'Set an option beside the config; may be repeated', nameAndValue)
    .option('--json', 'Print JSON')
    .action(async (asked) => {
      const { runStatus } = await import('./status.ts');
      terminal.exitCode = await runStatus(asked, terminal);
    });
