import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SinkError } from '../kit/errors.ts';

/** A folder that holds this file was written by `migrate`, which may write there again. */
const marker = '.starrocks-sink';

/**
 * Writes files into a folder: all are written beside it first and then renamed, so that no half file is ever seen. Nothing
 * is deleted.
 *
 * @in      files: text by name; force: also into a folder that holds other things
 * @out     names of earlier `migrate` files that this run did not write again
 * @throws  SinkError MIGRATION_OUTPUT_REFUSED
 */
export async function writeOutput(
  folder: string,
  files: ReadonlyMap<string, string>,
  force: boolean,
): Promise<readonly string[]> {
  const target = resolve(folder);
  const present = await namesIn(target);
  const isForeign = present !== undefined && present.length > 0 && !present.includes(marker);
  if (isForeign && !force) {
    throw new SinkError(
      'MIGRATION_OUTPUT_REFUSED',
      `${target} holds ${present.length} entries, among them ${present[0]}.`,
    );
  }
  await mkdir(dirname(target), { recursive: true });
  const stage = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const all = new Map([...files, [marker, 'This folder is written by `migrate`.\n']]);
    for (const [name, text] of all) {
      const holdsPasswords = name.startsWith('flink-');
      await writeFile(join(stage, name), text, { mode: holdsPasswords ? 0o600 : 0o644 });
    }
    await mkdir(target, { recursive: true });
    for (const name of all.keys()) await rename(join(stage, name), join(target, name));
    return (present ?? []).filter(
      (name) => /^(starrocks-create|sink-route|flink-create|tables)\./.test(name) && !all.has(name),
    );
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Undefined when the folder does not exist. */
async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SinkError('MIGRATION_OUTPUT_REFUSED', `${folder} is not a folder that can be read.`, { cause });
  }
}
