import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FileSystem, Stage } from 'aws-cdk-lib';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Route } from '../src/options/route.ts';
import { routesFile } from './checks.ts';

/**
 * The routes, as a file that every function finds beside its code: a layer, because thousands of routes are more than variables
 * can hold, and because a function and its layers change at once. See docs/decisions/0006-routes-in-a-layer.md.
 *
 * @out  undefined: there are no routes
 */
export function routesLayer(scope: Construct, routes: readonly Route[]): LayerVersion | undefined {
  if (routes.length === 0) return undefined;
  const folder = join(Stage.of(scope)?.outdir ?? FileSystem.tmpdir, `routes-${scope.node.addr}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, basename(routesFile)), JSON.stringify(routes));
  return new LayerVersion(scope, 'Routes', { code: Code.fromAsset(folder), description: 'Routes of the sink' });
}
