import { ignoredFlinkOptions } from '../../src/options/ignored-flink-options.ts';
import { propertyChecks, refusedProperties, reservedProperties } from '../../src/options/properties.ts';
import { variableOf } from '../../src/options/sources.ts';
import type { OptionSpec } from '../../src/options/spec.ts';
import { anchorOf, code, table } from './markdown.ts';

/** docs/options.md, from the option table. */
export function renderOptionsPage(options: Readonly<Record<string, OptionSpec>>): string {
  const entries = Object.entries(options);
  const overview = entries.map(([name, spec]) => [
    `[${code(name)}](#${anchorOf(name)})`,
    defaultOf(spec),
    takes(spec),
    sources[spec.source],
  ]);
  return `# Options

Every option goes by its name in the config file, in a Flink \`WITH (...)\` clause, or in a line
\`flink.starrocks.<name> = <value>\`, and by its variable in the environment. All problems are named at the start, at once.

${table(['option', 'default', 'takes', 'from'], overview)}

## Each option

${entries.map(section).join('\n\n')}

${propertiesSection}

${ignoredSection}
`;
}

const sources = { flink: 'flink-connector-starrocks', sink: 'this sink' } as const satisfies Record<
  OptionSpec['source'],
  string
>;

function section([name, spec]: readonly [string, OptionSpec]): string {
  const facts = [
    `Default: ${defaultOf(spec)}`,
    `takes: ${takes(spec)}`,
    `variable: ${code(variableOf(name))}`,
    ...(spec.perTable ? ['a route may set it for its table'] : []),
    ...(spec.secret ? ['secret: never printed, logged, or put into a template'] : []),
  ];
  return `### ${name}\n\n${spec.doc}\n\n${facts.join('; ')}.`;
}

export function defaultOf(spec: OptionSpec): string {
  if (spec.required) return 'required';
  if (!('default' in spec) || spec.default === undefined) return 'none';
  if (typeof spec.default === 'object')
    return Object.keys(spec.default).length === 0 ? 'empty' : code(String(spec.default));
  return typeof spec.default === 'number' && spec.kind === 'integer'
    ? amount(spec.default, spec.unit)
    : code(String(spec.default));
}

export function takes(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'integer':
      return `${amount(spec.min, spec.unit)} to ${amount(spec.max, spec.unit)} ${spec.unit}`;
    case 'choice':
      return spec.choices.map(code).join(', ');
    case 'boolean':
      return '`true`, `false`';
    case 'urls':
      return '`host:port`, separated by `;`';
    case 'list':
      return 'a list, separated by `,`';
    case 'map':
      return '`from=to`, separated by `,`';
    case 'text':
      return spec.expects ?? 'text';
  }
}

const sizes = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
] as const;

/** A number with its thousands apart, bytes also in the unit that people say. */
function amount(value: number, unit: string): string {
  const digits = value.toLocaleString('en-US');
  const size = unit === 'bytes' ? sizes.find(([, bytes]) => value > 0 && value % bytes === 0) : undefined;
  return size ? `${digits} (${value / size[1]} ${size[0]})` : digits;
}

const propertiesSection = `## sink.properties.*

\`sink.properties.<header>\` is sent as that header of Stream Load, names in lower case; in the environment
${code(`${variableOf('sink.properties.')}<HEADER>`)}. \`format\` is the one that rows came in, unless it is set: then rows are converted.
\`column_separator\` (default: tab) and \`row_delimiter\` (default: line feed) may be written \`\\x01\` or \`\\\\x01\`. These are checked:

${table(
  ['header', 'takes'],
  Object.entries(propertyChecks).map(([name, { expects }]) => [code(name), expects]),
)}

The sink sets these itself, and refuses them: ${[...reservedProperties].map(code).join(', ')}.

These would not do here what they say, and are refused too:

${table(
  ['header', 'why'],
  Object.entries(refusedProperties).map(([name, why]) => [code(name), why]),
)}`;

const ignoredSection = `## Options of Flink that mean nothing here

They are taken, so that settings can be brought as they are, and a notice says that they are ignored.

${table(
  ['option', 'why'],
  Object.entries(ignoredFlinkOptions).map(([name, why]) => [code(name), why]),
)}`;
