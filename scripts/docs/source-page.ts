import type { OptionSpec } from '../../src/options/spec.ts';
import { code, table } from './markdown.ts';
import { defaultOf, takes } from './options-page.ts';

/** docs/source-options.md, from the table of settings. */
export function renderSourcePage(settings: Readonly<Record<string, OptionSpec>>): string {
  const rows = Object.entries(settings).map(([name, spec]) => [code(name), defaultOf(spec), takes(spec), spec.doc]);
  return `# Settings of a source

What \`sink.json\` says of a MySQL or MariaDB server that is followed ([mysql.md](mysql.md)), beside the [options](options.md) of the sink. Each may also
come from the environment: \`source.password\` is \`STARROCKS_SOURCE_PASSWORD\`.

${table(['setting', 'default', 'takes', 'what it is'], rows)}
`;
}
