#!/usr/bin/env node
import { failureOf } from './failure.ts';
import { createProgram } from './program.ts';

// A reader that went away (`… | head -1`) ends this command as it ends others: at once, without a word, and with the status that a
// shell gives to SIGPIPE, since what was not done yet is not done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(141);
  });
}

const program = createProgram(process);
try {
  if (process.argv.length === 2) program.outputHelp();
  else await program.parseAsync();
} catch (error) {
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  if (failure.text !== undefined) console.error(failure.text);
  process.exitCode = failure.exitCode;
}
