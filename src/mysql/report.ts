import { type Finding, type FindingKind, findingKinds } from './findings.ts';
import type { PlannedTable } from './plan-table.ts';
import type { Profile } from './types.ts';

/**
 * report.md: what was mapped, what needs a person, what was widened or left out. Names and types only: no passwords.
 *
 * @in  findings in the order they were made
 */
export function renderReport(tables: readonly PlannedTable[], findings: readonly Finding[], profile: Profile): string {
  const byKind = Map.groupBy(findings, (finding) => finding.kind);
  const kinds = (Object.keys(findingKinds) as FindingKind[]).filter((kind) => byKind.has(kind));
  const section = (kind: FindingKind) => {
    const lines = (byKind.get(kind) ?? []).map(({ where, text }) => `- ${code(where)}: ${line(text)}`);
    return `### ${findingKinds[kind].title}\n\n${lines.join('\n')}`;
  };
  const sections = (needsPerson: boolean) =>
    kinds.filter((kind) => findingKinds[kind].needsPerson === needsPerson).map(section);
  const orNothing = (texts: readonly string[]) => (texts.length > 0 ? texts : ['Nothing.']);
  return `${[
    '# What migrate made of the MySQL schema',
    `Tables: ${tables.length}. Profile: ${profile}.`,
    '## Needs a person',
    ...orNothing(sections(true)),
    '## Mapped',
    mapped(tables),
    '## For information',
    ...orNothing(sections(false)),
  ].join('\n\n')}\n`;
}

function mapped(tables: readonly PlannedTable[]): string {
  if (tables.length === 0) return 'Nothing.';
  const rows = tables.map(({ rule, sources, database, name, key, columns }) => {
    const [first] = sources;
    const more = sources.length > 1 ? ` and ${sources.length - 1} more` : '';
    const keyText = `${key.model} (${key.columns.join(', ')})`;
    const cells = [
      rule.name,
      `${first?.database}.${first?.name}${more}`,
      `${database}.${name}`,
      keyText,
      `${columns.length}`,
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| rule | MySQL | StarRocks | key | columns |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

const line = (text: string) => text.replace(/[\r\n]+/g, ' ');
const cell = (text: string) => line(text).replaceAll('|', '\\|');
const code = (text: string) => `\`${line(text).replaceAll('`', "'")}\``;
