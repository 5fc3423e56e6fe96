import packageJson from '../package.json' with { type: 'json' };
import { createCheckCommand } from './check/check-command.ts';
import { command } from './command.ts';
import { addCompletion } from './completion.ts';
import { createConsoleCommand } from './console/console-command.ts';
import { createDemoCommand } from './demo/demo-command.ts';
import { createDevCommand } from './dev-command.ts';
import { createFollowCommand } from './follow-command.ts';
import { createInitCommand } from './init/init-command.ts';
import { createMigrateCommand } from './migrate-command.ts';
import { createRedriveCommand } from './redrive/redrive.ts';
import { createRejectedCommand } from './rejected/rejected-command.ts';
import { createSendCommand } from './send.ts';
import { createStatusCommand } from './status-command.ts';
import type { Terminal } from './terminal.ts';

/** All commands. What is heavy is imported when its command runs. */
export function createProgram(terminal: Terminal) {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const notWell = (): void => {
    terminal.exitCode = 1;
  };
  const program = command('starrocks-sink', 'Rows from SQS into StarRocks')
    .version(packageJson.version)
    .helpCommand('help [command]', 'Show how a command is used')
    .showHelpAfterError('See: starrocks-sink --help')
    .addHelpText('after', exitCodes)
    .addCommand(createInitCommand(terminal))
    .addCommand(createDemoCommand())
    .addCommand(createDevCommand())
    .addCommand(createCheckCommand({ env: terminal.env, print, notWell }))
    .addCommand(createSendCommand(terminal))
    .addCommand(createMigrateCommand(terminal.env, print))
    .addCommand(createFollowCommand(terminal))
    .addCommand(createStatusCommand(terminal))
    .addCommand(createConsoleCommand(terminal))
    .addCommand(createRejectedCommand(terminal))
    .addCommand(createRedriveCommand({ env: terminal.env, print, notWell }));
  addCompletion(program, print);
  return program;
}

const exitCodes = `
Exit codes: 0 all is done; 1 something is not; 2 the command was not understood,
and nothing was begun.`;
