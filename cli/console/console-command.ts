import { command, nameAndValue, someText, wholeNumber } from '../command.ts';
import { withPlace } from '../place.ts';
import type { Terminal } from '../terminal.ts';

export const createConsoleCommand = (terminal: Terminal) =>
  withPlace(
    command('console', 'Serve a page on this machine that shows the sink, until Ctrl-C')
      .option('-c, --config <sink.json>', 'Options of the sink; default: variables', someText)
      .option('--option <name=value>', 'Set an option beside the config; may be repeated', nameAndValue)
      .option('--port <port>', 'Port of 127.0.0.1; 0: any free port', wholeNumber(0, 65_535), 0)
      .option('--every <seconds>', 'How long to rest between two looks', wholeNumber(1, 3600), 5)
      .option('--json', 'Print one JSON object with the address when ready'),
  )
    .addHelpText('after', notes)
    .action(async (asked) => {
      const { openConsole } = await import('./open-console.ts');
      const { untilInterrupted } = await import('../until-interrupted.ts');
      const { url, close } = await openConsole(asked, terminal.env);
      terminal.stdout.write(asked.json ? `${JSON.stringify({ ready: true, url })}\n` : `The console is at ${url}\n`);
      await untilInterrupted(close);
    });

const notes = `
It shows what status tells, and rejected rows to read, correct and send again.
Nothing is sent without a second word, and nothing leaves this machine but what
is asked of AWS and StarRocks. Whoever uses this machine can open the page.`;
