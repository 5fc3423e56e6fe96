import { choice, command } from '../command.ts';

export const createDemoCommand = () =>
  command('demo', 'Send real rows through a local SQS into a local StarRocks, and check what arrived')
    .addOption(
      choice('--semantic <semantic>', 'sink.semantic', ['at-least-once', 'exactly-once']).default(
        'at-least-once' as const,
      ),
    )
    .option('--console', 'Serve the page of console, and go on until Ctrl-C')
    .option('--quiet', 'No progress bars')
    .option('--json', 'Print the summary as one JSON object on the last line')
    .action(async ({ semantic, json, quiet, console: hasConsole }) => {
      const { runDemo } = await import('./demo.ts');
      const summary = await runDemo(semantic, { isQuiet: quiet === true, hasConsole: hasConsole === true });
      if (json) console.log(JSON.stringify(summary));
      process.exitCode = summary.ok ? 0 : 1;
    });
