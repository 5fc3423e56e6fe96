import { existsSync, readFileSync, statSync } from 'node:fs';
import type { RawOptions } from '../src/options/parse.ts';
import { optionTable } from '../src/options/table.ts';

const certificate = 'sink.tls.ca';

/** A certificate that is named by its path becomes the text of the file, since a function does not have the file. */
export function withCertificateText(options: RawOptions): RawOptions {
  const path = options[certificate];
  const isFile = typeof path === 'string' && existsSync(path) && statSync(path).isFile();
  return isFile ? { ...options, [certificate]: readFileSync(path, 'utf8').trim() } : options;
}

/** The options that a function knows: settings that were brought from Flink, and mean nothing here, stay behind. */
export function functionOptions(options: RawOptions): RawOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => Object.hasOwn(optionTable, name) || name.startsWith('sink.properties.')),
  );
}
