import { choice, command, nameAndValue, someText, webAddress, wholeNumber } from '../command.ts';
import type { Terminal } from '../terminal.ts';

export const createInitCommand = (terminal: Terminal) =>
  command('init', 'Write a sink.json: asks, or takes flags, and looks whether it would work')
    .option('--config <file>', 'The file that is written', someText, 'sink.json')
    .option('--load-url <urls>', 'Frontends, host:8030', someText)
    .option('--jdbc-url <url>', 'Query port; default: port 9030 of the frontends', someText)
    .option('--database <name>', 'Default database of messages', someText)
    .option('--table <name>', 'Default table of messages', someText)
    .addOption(choice('--semantic <semantic>', 'Default: exactly-once', ['at-least-once', 'exactly-once']))
    .option('--secret-id <name>', 'Secret with user and password; default: starrocks-sink', someText)
    .option('--alarm-email <address>', 'Who is told of alarms', someText)
    .option('--username <name>', 'User of StarRocks, for the check and the secret', someText)
    .option('--option <name=value>', 'Any other option or setting; may be repeated', nameAndValue)
    .option('--create-secret', 'Make the secret in Secrets Manager, if it is not there')
    .option('--no-check', 'Do not look whether it would work')
    .option('--timeout-s <s>', 'How long the check waits for all answers', wholeNumber(1, 900), 30)
    .option('--region <name>', 'AWS region; default: that of the environment', someText)
    .option('--endpoint <url>', 'Address of an AWS stand-in', webAddress)
    .option('--force', 'Write over a file that is there')
    .option('--dry-run', 'Show what would be written, and make nothing')
    .option('--json', 'Print one JSON object')
    .addHelpText('after', notes)
    .action(async ({ loadUrl, jdbcUrl, database, table, semantic, secretId, alarmEmail, username, ...asked }) => {
      const { runInit } = await import('./init.ts');
      const given = {
        ...{ 'load-url': loadUrl, 'jdbc-url': jdbcUrl, 'database-name': database, 'table-name': table },
        ...{ 'sink.semantic': semantic, 'sink.secret-id': secretId, username },
        'deploy.alarm-email': alarmEmail,
      };
      terminal.exitCode = await runInit({ ...asked, given }, terminal);
    });

const notes = `
What no flag and no variable says is asked on a terminal, and elsewhere has its
default. The password is read from STARROCKS_PASSWORD, or typed; it is written
to no file. The exit code is 1 when something would keep rows from being
loaded.`;
