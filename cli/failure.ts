import { dirname } from 'node:path';
import { CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { SinkError } from '../src/kit/errors.ts';
import { fileFailure } from '../src/kit/file-failures.ts';
import { awsFailure } from './aws-failure.ts';

/** How a command ended that threw. */
export interface Failure {
  readonly exitCode: number;
  /** What is still to be said. */
  readonly text: string | undefined;
}

/** A fault of the machine or the person in one sentence; undefined: a fault of ours, which keeps its stack. */
export function failureOf(error: unknown): Failure | undefined {
  // Commander has said what it found, or shown the help that was asked for.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2, text: undefined };
  if (error instanceof SinkError)
    return { exitCode: error.code === 'OPTIONS_INVALID' ? 2 : 1, text: error.message.trimEnd() };
  const text = missingPackages(error) ?? systemFailure(error) ?? lockedFile(error) ?? awsFailure(error);
  return text === undefined ? undefined : { exitCode: 1, text };
}

/** The stack on one machine, and what only the demo reads, are installed by whoever wants them. */
function missingPackages(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) return undefined;
  const [, missing = ''] = /Cannot find (?:package|module) '([^']+)'/.exec(error.message) ?? [];
  const heavy = Object.entries(packageJson.peerDependencies).filter(
    ([name]) => !['aws-cdk-lib', 'constructs'].includes(name),
  );
  if (!heavy.some(([name]) => missing === name || missing.includes(`/${name}/`))) return undefined;
  const wanted = heavy.map(([name, version]) => `${name}@${version}`).join(' ');
  return `The stack on this machine needs packages that are not installed with the others: npm install --save-dev ${wanted}`;
}

/** @source  DuckDB takes a lock on its file, for as long as a process has it open */
function lockedFile(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, path] = /Could not set lock on file "([^"]+)"/.exec(error.message) ?? [];
  return path && `${dirname(path)} is in use by another program: end that one, or name another folder.`;
}

type SystemError = NodeJS.ErrnoException & { readonly address?: string; readonly port?: number };

/** What the machine refused, in one sentence; undefined: it was something else. */
export function systemFailure(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  const { code, syscall, path, address, port } = error as SystemError;
  if (syscall === 'listen') {
    const where = `${address ?? '127.0.0.1'}:${port ?? '?'}`;
    if (code === 'EADDRINUSE')
      return `${where} is in use by another program. Give another port, or 0 for any free one.`;
    if (code === 'EACCES') return `${where} is a port that this user may not open. Give one from 1024 on, or 0.`;
  }
  if (path === undefined) return undefined;
  return fileFailure(path, error);
}
