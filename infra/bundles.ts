import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { SinkError } from '../src/kit/errors.ts';
import { packageRoot } from './package-root.ts';

/** Functions that read a queue. */
export type StageName = 'ingest' | 'load';

export type FunctionName = StageName | 'sweep';

/** Also those that are added to a sink. */
export type BundleName = FunctionName | 'follow';

/**
 * The code of a function, bundled beforehand: nothing is bundled while a template is made.
 *
 * @throws SinkError OPTIONS_INVALID: the bundle is not there
 */
export function bundledCode(name: BundleName, root = packageRoot()): Code {
  const folder = join(root, 'dist', 'functions', name);
  if (!existsSync(join(folder, 'handler.mjs')))
    throw new SinkError(
      'OPTIONS_INVALID',
      `The function ${name} is not built: ${folder} holds no handler.mjs. Run npm run build, or give ${name}.code.`,
    );
  return Code.fromAsset(folder);
}
