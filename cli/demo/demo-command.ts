import { Argument } from '@commander-js/extra-typings';
import { choice, command } from '../command.ts';

export const createDemoCommand = () =>
  command('demo', 'Send real rows through a local SQS into a local StarRocks, and check what arrived')
    .addArgument(
      new Argument('[what]', 'rows, or mysql: migrate and follow a real MySQL server while it changes')
        .choices(['rows', 'mysql'] as const)
        .default('rows' as const),
    )
    .addOption(
      choice('--semantic <semantic>', 'sink.semantic', ['at-least-once', 'exactly-once']).default(
        'at-least-once' as const,
      ),
    )
    .option('--console', 'Serve the page of console, and go on until Ctrl-C')
    .option('--quiet', 'No progress bars')
    .option('--json', 'Print the summary as one JSON object on the last line')
    .action(async (what, { semantic, json, quiet, console: hasConsole }, self) => {
      const shown = { isQuiet: quiet === true, hasConsole: hasConsole === true };
      if (what === 'mysql' && hasConsole) self.error('error: --console is an option of demo rows only.');
      const summary = what === 'mysql' ? await mysqlDemo(shown.isQuiet) : await rowsDemo(semantic, shown);
      if (json) console.log(JSON.stringify(summary));
      process.exitCode = summary.ok ? 0 : 1;
    });

async function rowsDemo(semantic: string, shown: { readonly isQuiet: boolean; readonly hasConsole: boolean }) {
  const { runDemo } = await import('./demo.ts');
  return runDemo(semantic, shown);
}

async function mysqlDemo(isQuiet: boolean) {
  const { runMySqlDemo } = await import('./mysql/demo.ts');
  return runMySqlDemo({ isQuiet, say: (line) => console.log(line) });
}
