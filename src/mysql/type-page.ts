import { parseColumnType } from './column-type.ts';
import { flinkType, starRocksType, type TypeChoices, typeRules } from './types.ts';

const choices = { useDecimalV3: true, tinyint1: 'tinyint', binary: 'varbinary', json: 'json' } as const;
const native: TypeChoices = { ...choices, profile: 'native' };
const smt: TypeChoices = { ...choices, profile: 'smt' };

/** docs/types.md: what each example of the type table becomes. */
export function renderTypePage(): string {
  const rows = typeRules.flatMap((rule) =>
    rule.examples.map((example) => {
      const [dataType = ''] = /^\w+/.exec(example) ?? [];
      const charset = /character set (\w+)/.exec(example)?.[1] ?? null;
      const type = parseColumnType({ dataType, columnType: example, charset });
      const plain = starRocksType(type, native, false).type;
      const key = starRocksType(type, native, true).type;
      const cells = [
        example,
        plain,
        key === plain ? '' : key,
        starRocksType(type, smt, false).type,
        flinkType(type, smt),
      ];
      return `| ${cells.map((cell) => cell && `\`${cell}\``).join(' | ')} | ${rule.why ?? ''} |`;
    }),
  );
  return `# MySQL types in StarRocks

What \`migrate\` makes of each type, in both profiles, and what \`--flink\` declares. Text is taken as utf8mb4, four bytes a
character, unless the column says otherwise. A type that is not listed becomes text, and is reported.

| MySQL, MariaDB | native | native, in a primary key | smt | Flink | why |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
