import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { planDeployment } from '../../infra/stack.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import { leastOptions, synthesize } from './synthesize.ts';

const { 'database-name': _, 'table-name': __, ...noTable } = leastOptions;
const route = (table: string, options: RouteGiven['options'] = {}): RouteGiven => ({
  ...{ source: { database: '^shop$', table: `^${table}$` }, database: 'shop', table, options },
});

describe('routes of a deployment', () => {
  it('reach every function in a layer, not in variables, which hold 4 KB', () => {
    const routes = Array.from({ length: 3000 }, (_, index) => route(`table_${index}`));
    const { template, stack } = synthesize({ options: { ...noTable, 'sink.semantic': 'exactly-once' }, routes });
    const layers = Object.entries(template().findResources('AWS::Lambda::LayerVersion'));
    expect(layers).toHaveLength(1);
    const functions = Object.values(template().findResources('AWS::Lambda::Function'));
    expect(functions).toHaveLength(3);
    for (const { Properties } of functions) {
      expect(Properties.Layers).toEqual([{ Ref: layers[0]?.[0] }]);
      expect(Properties.Environment.Variables.STARROCKS_SINK_ROUTES).toBe('/opt/routes.json');
    }
    const { directory } = (stack.node.root as App).synth();
    const [file = ''] = globSync('asset.*/routes.json', { cwd: directory });
    const laid: readonly RouteGiven[] = JSON.parse(readFileSync(join(directory, file), 'utf8'));
    expect(laid.map(({ table }) => table)).toEqual(routes.map(({ table }) => table));
  });

  it('make the sweep, as soon as one of them is to be filled exactly once', () => {
    const swept = (...routes: readonly RouteGiven[]) =>
      synthesize({ options: noTable, routes }).sink.sweepFunction !== undefined;
    expect(swept(route('a'))).toBe(false);
    expect(swept(route('a'), route('b', { 'sink.semantic': 'exactly-once' }))).toBe(true);
  });

  it('are checked with all else: every problem of options, settings and routes is told at once', () => {
    const config = {
      ...noTable,
      'sink.max-retries': 99,
      'deploy.fifoo': true,
      routes: [route('a', { 'sink.semantik': 'exactly-once' }), { table: 'b' }],
    };
    let problem = '';
    try {
      planDeployment(config);
    } catch (error) {
      problem = String(error);
    }
    expect(problem).toMatch(/sink\.max-retries: expected a whole number/);
    expect(problem).toMatch(/deploy\.fifoo is not a setting; did you mean deploy\.fifo\?/);
    expect(problem).toMatch(/routes\[0\] \(shop\.a\): sink\.semantik is not an option; did you mean sink\.semantic\?/);
    expect(problem).toMatch(/routes\[1\], source: /);
  });

  it('are the only way to give them: a path would name a file that no function has', () => {
    expect(() => planDeployment({ ...noTable, 'sink.routes': '/etc/routes.json' })).toThrow(
      /sink\.routes is filled in by the construct: give the list itself, as routes/,
    );
  });
});
