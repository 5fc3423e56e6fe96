import { globSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { deploymentTable } from '../../infra/deployment-table.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { parseRoutes } from '../../src/options/parse-routes.ts';
import type { OptionSpec } from '../../src/options/spec.ts';
import { optionTable } from '../../src/options/table.ts';
import { migrated, schema, smtConfig, table } from './migrate-schema-builder.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const sinkSchema = JSON.parse(read('docs/sink.schema.json'));
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(
  sinkSchema,
);
const faults = (file: unknown) => (validate(file) ? [] : (validate.errors ?? []).map((error) => JSON.stringify(error)));

describe('docs/sink.schema.json', () => {
  it('takes each example of a sink.json that this project holds, and is named in it', () => {
    const examples = globSync('**/sink*.example.json', { cwd: root, exclude: ['node_modules/**', 'dist/**'] });
    expect(examples).toContain('sink.example.json');
    for (const path of examples) {
      const file = JSON.parse(read(path));
      expect(faults(file)).toEqual([]);
      expect(new URL(file.$schema, new URL(path, root)).pathname).toBe(new URL('docs/sink.schema.json', root).pathname);
    }
  });

  it('takes each file that migrate writes', () => {
    const options = [
      'flink.starrocks.load-url = fe:8030',
      'flink.starrocks.jdbc-url = jdbc:mysql://fe:9030',
      'flink.starrocks.username = u',
      'flink.starrocks.password = p',
      'flink.starrocks.sink.max-retries = 3',
      'flink.starrocks.sink.semantic = exactly-once',
      'flink.starrocks.sink.properties.timeout = 60',
      'flink.starrocks.sink.ignore.update-before = false',
    ].join('\n');
    const rules = `[table-rule.1]\ndatabase = .*\ntable = ^t\n${options}\n[table-rule.2]\ndatabase = .*\ntable = ^u\n`;
    const tables = schema(
      table('d.t_1', ['id int NOT NULL', 'b blob'], ['id']),
      table('d.t_2', ['id int NOT NULL', 'b blob'], ['id']),
      table('d.u', ['v int'], []),
    );
    const { files } = migrated(tables, { schemaPath: './x.json', shardColumns: true }, smtConfig(rules));
    const routes = [...files].filter(([name]) => name.startsWith('sink-route.'));
    expect(routes).toHaveLength(3);
    for (const [, text] of routes) {
      expect(faults(JSON.parse(text))).toEqual([]);
      const file = JSON.parse(text);
      expect(file.$schema).toBe('./x.json');
      const options = requireOptions({
        'load-url': 'fe:8030',
        'sink.secret-id': 's',
        ...file.options,
        'sink.bucket': 'made-later',
      });
      expect(parseRoutes(file.routes, options)).toMatchObject({ ok: true });
    }
  });

  it('knows every option and setting that may stand in the file, with its default and range', () => {
    const filledIn = ['sink.bucket', 'sink.load-queue-url', 'sink.routes'];
    const specs = Object.entries<OptionSpec>({ ...optionTable, ...deploymentTable });
    for (const [name, spec] of specs) {
      const entry = sinkSchema.$defs.options.properties[name];
      if (spec.secret || filledIn.includes(name)) expect(entry).toBeUndefined();
      else
        expect(entry, name).toMatchObject({
          description: spec.doc,
          ...('default' in spec && { default: spec.default }),
        });
      expect(name in sinkSchema.$defs.route.properties.options.properties, name).toBe(spec.perTable === true);
    }
  });

  it.each([
    ['an option that is none', { 'load-urls': 'fe:8030' }],
    ['a number out of range', { 'sink.max-retries': 99 }],
    ['a word that is none of the choices', { options: { 'sink.semantic': 'maybe-once' } }],
    ['a password', { options: { password: 'p' } }],
    ['a route without a source', { routes: [{ database: 'd', table: 't' }] }],
    [
      'an option of the whole sink in a route',
      { routes: [{ source: {}, database: 'd', table: 't', options: { 'load-url': 'x' } }] },
    ],
    ['a column that nobody asked for', { routes: [{ source: {}, database: 'd', table: 't', colums: [] }] }],
  ])('refuses %s', (_, file) => expect(faults(file)).not.toEqual([]));
});
