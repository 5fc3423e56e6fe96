import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';
import { SinkError } from '../src/kit/errors.ts';

/** Where this package is, as it is developed and as it is published. @throws SinkError OPTIONS_INVALID: it was taken apart */
export function packageRoot(): string {
  const found = findPackageJSON('.', import.meta.url);
  if (found === undefined)
    throw new SinkError('OPTIONS_INVALID', 'starrocks-sink is not in a package any more: its package.json is missing.');
  return dirname(found);
}
