import { toJsonSchema } from '@valibot/to-json-schema';
import { deploymentTable } from '../../infra/deployment-table.ts';
import { ignoredFlinkOptions } from '../../src/options/ignored-flink-options.ts';
import { routeSchema } from '../../src/options/route.ts';
import type { OptionSpec } from '../../src/options/spec.ts';
import { optionTable } from '../../src/options/table.ts';

type Schema = Readonly<Record<string, unknown>>;
type Entry = readonly [name: string, spec: OptionSpec];

const text = { type: 'string' };
const options = Object.entries<OptionSpec>(optionTable);
/** The construct fills these in. */
const filledIn: readonly string[] = ['sink.bucket', 'sink.load-queue-url', 'sink.routes'];

/**
 * The JSON Schema of the file that is deployed, sink.json: options and settings of the deployment by name, and routes; or, as
 * `migrate` writes it, the former in an object of their own. Options come from their table, routes from the schema that reads them.
 */
export function sinkFileSchema(): Schema {
  const settings = [...options.filter(([name]) => !filledIn.includes(name)), ...Object.entries(deploymentTable)];
  const ignored = Object.entries(ignoredFlinkOptions).map(([name, why]) => [name, { description: `Ignored: ${why}.` }]);
  const named = { ...Object.fromEntries(ignored), ...propertiesOf(settings) };
  const around = { $schema: text, routes: { type: 'array', items: { $ref: '#/$defs/route' } } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'sink.json of starrocks-sink',
    type: 'object',
    if: { required: ['options'] },
    // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
    then: {
      properties: { ...around, version: { const: 1 }, options: { $ref: '#/$defs/options' } },
      additionalProperties: false,
    },
    else: { properties: { ...around, ...named }, patternProperties: headers, additionalProperties: false },
    $defs: {
      options: { type: 'object', properties: named, patternProperties: headers, additionalProperties: false },
      route: routeShape(),
    },
  };
}

const headers = { '^sink\\.properties\\.': { ...text, description: 'A header of Stream Load.' } };

function routeShape(): Schema {
  const { $schema: _, ...shape } = toJsonSchema(routeSchema, { typeMode: 'input' });
  const ofTables = options.filter(([, spec]) => spec.perTable);
  const own = {
    description: 'What differs from the options of the file.',
    ...{ type: 'object', properties: propertiesOf(ofTables), patternProperties: headers, additionalProperties: false },
  };
  return { ...shape, properties: { ...shape.properties, options: own } };
}

const propertiesOf = (entries: readonly Entry[]): Schema =>
  Object.fromEntries(
    entries
      .filter(([, spec]) => !spec.secret)
      .map(([name, spec]) => [name, { description: spec.doc, ...valueShape(spec), ...defaultOf(spec) }]),
  );

/** Without one, an option that is left out has none, or another in each place. */
const defaultOf = (spec: OptionSpec): Schema =>
  'default' in spec && spec.default !== undefined ? { default: spec.default } : {};

/** Numbers and truth values may also be written as text. */
function valueShape(spec: OptionSpec): Schema {
  switch (spec.kind) {
    case 'integer':
      return {
        anyOf: [
          { type: 'integer', minimum: spec.min, maximum: spec.max },
          { ...text, pattern: '^-?\\d+$' },
        ],
      };
    case 'boolean':
      return { anyOf: [{ type: 'boolean' }, { enum: ['true', 'false'] }] };
    case 'choice':
      return { enum: spec.choices };
    case 'text':
      return { ...text, ...(spec.pattern && { pattern: spec.pattern.source }) };
    case 'urls':
      return text;
    case 'list':
      return { anyOf: [{ type: 'array', items: text }, text] };
    case 'map':
      return { anyOf: [{ type: 'object', additionalProperties: text }, text] };
  }
}
