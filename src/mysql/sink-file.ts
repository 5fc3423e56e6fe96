import type { Route } from '../options/route.ts';
import type { OptionSpec } from '../options/spec.ts';
import { type OptionName, optionTable } from '../options/table.ts';
import type { SinkFileOptions } from './sink-options.ts';

/** Without `mode`, it mirrors. */
export type PlannedRoute = Omit<Route, 'mode'>;

/** The sink's config file, sink.json, which `migrate` writes as sink-route.N.json. */
export interface SinkFile {
  readonly version: 1;
  readonly options: SinkFileOptions;
  readonly routes: readonly PlannedRoute[];
}

const text = { type: 'string' };
const textList = { type: 'array', items: text };

/** The JSON Schema of sink.json; its options come from the option table. */
export function sinkFileJsonSchema(): Readonly<Record<string, unknown>> {
  const properties = Object.fromEntries(
    (Object.entries(optionTable) as [OptionName, OptionSpec][])
      .filter(([, spec]) => !spec.secret)
      .map(([name, spec]) => [name, { description: spec.doc, ...valueShape(spec) }]),
  );
  const options = {
    type: 'object',
    properties,
    patternProperties: { '^sink\\.properties\\.': { type: 'string', description: 'A Stream Load header.' } },
    additionalProperties: false,
  };
  const column = strictObject(
    { name: text, type: text, sourceType: text },
    { source: text, encoding: { enum: ['base64'] }, field: text },
  );
  const route = strictObject({
    source: strictObject({ database: text, table: text }),
    database: text,
    table: text,
    primaryKey: textList,
    columns: { type: 'array', items: column },
    options: { $ref: '#/$defs/options' },
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'sink.json of starrocks-sink',
    ...strictObject({
      version: { const: 1 },
      options: { $ref: '#/$defs/options' },
      routes: { type: 'array', items: route },
    }),
    $defs: { options },
  };
}

function strictObject(required: Readonly<Record<string, unknown>>, optional: Readonly<Record<string, unknown>> = {}) {
  const properties = { ...required, ...optional };
  return { type: 'object', properties, required: Object.keys(required), additionalProperties: false };
}

function valueShape(spec: OptionSpec): Readonly<Record<string, unknown>> {
  const given = 'default' in spec && spec.default !== undefined ? { default: spec.default } : {};
  switch (spec.kind) {
    case 'integer':
      return { type: 'integer', minimum: spec.min, maximum: spec.max, ...given };
    case 'boolean':
      return { type: 'boolean', ...given };
    case 'choice':
      return { enum: spec.choices, ...given };
    case 'text':
      return { ...text, ...(spec.pattern && { pattern: spec.pattern.source }), ...given };
    case 'urls':
      return text;
    case 'list':
      return { anyOf: [textList, text], ...given };
    case 'map':
      return { anyOf: [{ type: 'object', additionalProperties: text }, text], ...given };
  }
}
