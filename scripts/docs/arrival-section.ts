import { code, table } from './markdown.ts';
import { csvOf, type TypeCase, typeCases, unitedTypes } from './type-cases.ts';

/** The part of docs/types.md that says what arrives. */
export function renderArrivalSection(): string {
  const rowsOf = (type: string, cases: readonly TypeCase[]) =>
    cases.map((each) => [code(type), code(each.given), code(csvOf(each) || '""'), arrivalOf(each.arrives)]);
  const rows = Object.entries(typeCases).flatMap(([type, cases]) => rowsOf(type, cases));
  const united = Object.entries(unitedTypes).flatMap(([type, { shown, cases }]) =>
    rowsOf(type, cases).map(([name = '', ...others]) => [`${name}, \`${shown}\``, ...others]),
  );
  return `
# What arrives in StarRocks

With \`jdbc-url\` and the options as they are, the same from JSON, CSV and change events, in the time zone of the load (UTC). A row with a
value that is refused is a bad row, with column and reason; the others load. An empty field of CSV is NULL where the column has no text.
A test loads all of these through the local stack, and reads them back.

${table(['column', 'JSON, change event', 'CSV', 'what arrives'], rows)}

BITMAP, HLL and PERCENTILE are made of a value by \`to_bitmap\`, \`hll_hash\` and \`percentile_hash\`, and are empty in rows that do not hold
them; other functions (\`bitmap_hash\`, \`bitmap_from_string\`) are named in \`sink.properties.columns\`. As a SELECT shows them:

${table(['column', 'JSON', 'CSV', 'what arrives'], united)}
`;
}

function arrivalOf(arrives: string | null | { readonly refused: string }): string {
  if (arrives === null) return 'NULL';
  return typeof arrives === 'string' ? code(arrives || '(empty)') : `refused: ${arrives.refused}`;
}
