import { command, nameAndValue, someText, webAddress } from './command.ts';
import type { Terminal } from './terminal.ts';

export const createFollowCommand = (terminal: Terminal) =>
  command('follow', 'Follow a MySQL or MariaDB server: what its tables hold, then every change')
    .requiredOption('-c, --config <sink.json>', 'Options of the sink and of the source, and routes', someText)
    .requiredOption('--queue-url <url>', 'The rows queue of the sink, a FIFO queue', webAddress)
    .option('--bucket <name>', "The sink's bucket, if the config names none", someText)
    .option('--endpoint <url>', 'Where SQS and S3 are, if not at AWS', webAddress)
    .option('--option <name=value>', 'Set an option beside the config; may be repeated', nameAndValue)
    .option('--past <transaction>', 'Go on behind a statement that stopped the follower, and end', someText)
    .option('--quiet', 'No progress bar, and only what goes wrong')
    .option('--json', 'Tell what happens as JSON, one object a line')
    .action(async (asked) => {
      const { runFollow } = await import('./follow.ts');
      terminal.exitCode = await runFollow(asked, terminal);
    });
