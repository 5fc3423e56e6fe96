import { defineCommand, runCommand, runMain } from 'citty';
import { SinkError } from '../src/kit/errors.ts';

const main = defineCommand({
  meta: { name: 'starrocks-sink', description: 'Rows from SQS into StarRocks' },
  subCommands: {
    demo: () => import('./demo/demo.ts').then((module) => module.demoCommand),
    dev: () => import('./dev.ts').then((module) => module.devCommand),
    send: () => import('./send.ts').then((module) => module.sendCommand),
    redrive: () => import('./redrive/redrive.ts').then((module) => module.redriveCommand),
    migrate: () => import('./migrate.ts').then((module) => module.migrateCommand),
  },
});

// A reader that went away (`… | head -1`) ends this command as it ends others: at once, without a word, and with the status that a
// shell gives to SIGPIPE, since what was not done yet is not done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(141);
  });
}

const rawArgs = process.argv.slice(2);
const asksForHelp = rawArgs.length === 0 || rawArgs.some((arg) => arg === '--help' || arg === '-h');

try {
  if (asksForHelp) await runMain(main, { rawArgs: rawArgs.length === 0 ? ['--help'] : rawArgs });
  else await runCommand(main, { rawArgs });
} catch (error) {
  // What a person did wrong is told in words; anything else is a fault, and keeps its stack.
  const isMistake = error instanceof SinkError || (error instanceof Error && error.name === 'CLIError');
  if (!isMistake) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
