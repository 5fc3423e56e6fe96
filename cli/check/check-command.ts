import { InvalidArgumentError } from 'commander';
import { command, nameAndValue, someText, webAddress, wholeNumber } from '../command.ts';

/** What the command touches: the process, or a stand-in in tests. */
export interface CheckSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  /** Told when something would keep rows from being loaded. */
  readonly notWell: () => void;
}

function tableName(text: string): string {
  if (/^[^.\s]+\.[^.\s]+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected database.table.');
}

export const createCheckCommand = (surroundings: CheckSurroundings) =>
  command('check', 'Say whether the sink would work: from here, and from inside its functions')
    .option('--config <file>', "The sink's options, as they are deployed; default: variables", someText)
    .option('--option <name=value>', 'An option of the sink; may be repeated', nameAndValue)
    .option('--stack <name>', 'A deployed stack: its functions are asked, too', someText)
    .option('--sample <file>', 'Rows, JSON or CSV: whether they fit; - is input', someText)
    .option('--table <database.table>', 'Of the sample; default: what the options say', tableName)
    .option('--region <name>', 'AWS region; default: that of the environment', someText)
    .option('--endpoint <url>', 'Address of an AWS stand-in', webAddress)
    .option('--timeout-s <s>', 'How long to wait for all answers', wholeNumber(1, 900), 60)
    .option('--json', 'Print one JSON object')
    .addHelpText('after', '\nThe exit code is 1 when something would keep rows from being loaded.')
    .action(async (asked) => {
      const { runCheck } = await import('./check.ts');
      const isWell = await runCheck(asked, surroundings);
      if (!isWell) surroundings.notWell();
    });
