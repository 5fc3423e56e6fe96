import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** All that a run of the tests puts into the folder for temporary files (each template that CDK makes, too) ends with the run. */
export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), 'starrocks-sink-tests-'));
  // Databases that are put up run as users of their own.
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  process.env['SINK_TEST_FOLDER'] = folder;
  // Every process that a test starts, and every worker, reads the same code: half of what their starts take.
  process.env['NODE_COMPILE_CACHE'] = join(folder, 'compile-cache');
}

export function teardown(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
