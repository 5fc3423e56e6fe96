import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import { failureOf } from '../../cli/failure.ts';
import { createRejectedCommand } from '../../cli/rejected/rejected-command.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { type openStack, rowsOf } from './delivery-world.ts';

export let folder: string;

export type Where = Pick<Awaited<ReturnType<typeof openStack>>, 'aws' | 'resources'>;

/** Runs `rejected …` as a person would. */
export async function rejected({ aws, resources }: Where, words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = { stdin: Readable.from([]), stdout, stderr, env, exitCode: 0 } as unknown as Terminal;
  const { bucket, rowsQueueUrl } = resources;
  const place = ['--bucket', bucket, '--queue-url', rowsQueueUrl, '--endpoint', aws.endpoint];
  try {
    await createRejectedCommand(terminal).parseAsync([...words, ...place], { from: 'user' });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    terminal.exitCode = failure.exitCode;
    stderr.write(failure.text ?? '');
  }
  return { exitCode: terminal.exitCode, out: String(stdout.read() ?? ''), told: String(stderr.read() ?? '') };
}

/** Rows of which some hold text where a number belongs. */
export const rowsWithBad = (bad: readonly number[]) =>
  rowsOf(1, 5).map(({ id }) => (bad.includes(id) ? { id, v: `hunter2-${id}` } : { id, v: id }));

export const byId = (rows: readonly string[]) =>
  rows.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
export const allFive = ['1=1', '2=2', '3=3', '4=4', '5=5'];

/** A folder for the tests of the file. */
export function useFolder(): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rejected-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
}
