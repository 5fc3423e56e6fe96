import { releases } from '../local/starrocks/release.ts';
import { choice, command, nameAndValue, someText, wholeNumber } from './command.ts';

const port = wholeNumber(0, 65_535);

export const createDevCommand = () =>
  command('dev', 'Run SQS, S3, the sink and a StarRocks stand-in on this machine, until Ctrl-C')
    .addOption(choice('--only <part>', 'Start the StarRocks stand-in alone', ['starrocks']))
    .addOption(choice('--release <release>', 'Whose words StarRocks speaks', releases).default('3.5' as const))
    .option('--fe-http-port <port>', 'Frontend HTTP; 0: any free port', port, 0)
    .option('--be-http-port <port>', 'Backend HTTP; 0: any free port', port, 0)
    .option('--query-port <port>', 'MySQL protocol; 0: any free port', port, 0)
    .option('--aws-port <port>', 'SQS and S3; 0: any free port', port, 0)
    .option('--config <file>', 'Options of the sink, as they are deployed')
    .option('--option <name=value>', 'An option of the sink; may be repeated', nameAndValue)
    .option('--database <name>', 'Default database of messages', someText)
    .option('--table <name>', 'Default table of messages', someText)
    .addOption(choice('--semantic <semantic>', 'sink.semantic', ['at-least-once', 'exactly-once']))
    .option('--fifo', 'FIFO queues')
    .option('--window-ms <ms>', 'How long rows wait for company', wholeNumber(0), 1000)
    .option('--visibility-timeout-s <s>', 'Of both queues', wholeNumber(0, 43_200), 30)
    .option('--max-receives <n>', 'Deliveries until a message is a dead letter', wholeNumber(1, 1000), 5)
    .option('--data <folder>', 'Keep tables, queues and objects in this folder, over restarts', someText)
    .option('--console', 'Serve the page of console, too')
    .option('--json', 'Print one JSON object with all addresses when ready')
    .action(async (asked) => {
      const { runDev } = await import('./dev.ts');
      await runDev(asked);
    });
