/** What a column takes, as far as a value can be judged before the load. */
export type ColumnType =
  | { readonly kind: 'boolean' | 'date' | 'datetime' | 'json' | 'other' }
  | { readonly kind: 'integer'; readonly min: bigint; readonly max: bigint }
  | { readonly kind: 'float'; readonly max: number }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** `maxBytes`: of UTF-8; undefined: not told */
  | { readonly kind: 'text'; readonly maxBytes: number | undefined }
  | { readonly kind: 'binary'; readonly maxBytes: number | undefined }
  /** What is made of values by a function, and unites what many rows bring. */
  | { readonly kind: 'union'; readonly of: 'bitmap' | 'hll' | 'percentile' }
  | NestedType;

/** What holds values of its own. */
export type NestedType =
  | { readonly kind: 'array'; readonly element: ColumnType }
  | { readonly kind: 'map'; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, ColumnType> };

const bits: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, int: 32n, bigint: 64n, largeint: 128n };

/** The largest FLOAT. @source IEEE 754 */
const maxFloat = 3.402_823_466_385_288_6e38;

/**
 * Reads what information_schema.columns.COLUMN_TYPE prints: MySQL's words, so that BOOLEAN is `tinyint(1)`, and LARGEINT
 * `bigint(20) unsigned`.
 *
 * @out     `other`: a type whose values are left to StarRocks
 * @source  test/fixtures/recorded/information-schema.json
 */
export function readColumnType(printed: string): ColumnType {
  const text = printed.trim().toLowerCase();
  const [, word = '', parameters = ''] = /^([a-z]+)\d*(?:\s*\(([\d\s,]+)\))?/.exec(text) ?? [];
  const [first, second = 0] = parameters === '' ? [] : parameters.split(',').map(Number);
  if (word === 'boolean' || text === 'tinyint(1)') return { kind: 'boolean' };
  const nested = readNested(printed.trim());
  if (nested) return nested;
  if (word === 'bigint' && text.endsWith('unsigned')) return integer('largeint');
  switch (word) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'largeint':
      return integer(word);
    case 'float':
      return { kind: 'float', max: maxFloat };
    case 'double':
      return { kind: 'float', max: Number.MAX_VALUE };
    case 'decimal':
      return { kind: 'decimal', precision: first ?? 10, scale: second };
    case 'date':
    case 'datetime':
    case 'json':
      return { kind: word };
    case 'char':
    case 'varchar':
    case 'string':
      return { kind: 'text', maxBytes: first };
    case 'varbinary':
    case 'binary':
      return { kind: 'binary', maxBytes: first };
    case 'bitmap':
    case 'hll':
    case 'percentile':
      return { kind: 'union', of: word };
    default:
      return { kind: 'other' };
  }
}

/** Names of fields keep their case. */
function readNested(text: string): NestedType | undefined {
  const [, word = '', inside = ''] = /^(array|map|struct)\s*<(.*)>$/is.exec(text) ?? [];
  const parts = splitOutside(inside);
  switch (word.toLowerCase()) {
    case 'array':
      return { kind: 'array', element: readColumnType(inside) };
    case 'map':
      return { kind: 'map', key: readColumnType(parts[0] ?? ''), value: readColumnType(parts[1] ?? '') };
    case 'struct':
      return { kind: 'struct', fields: new Map(parts.map(readField)) };
    default:
      return undefined;
  }
}

function readField(text: string): readonly [name: string, type: ColumnType] {
  const [, quoted, plain, type = ''] = /^\s*(?:`([^`]+)`|(\S+?))(?:\s+|\s*:\s*)(.*)$/s.exec(text) ?? [];
  return [quoted ?? plain ?? '', readColumnType(type.replace(/\s+comment\s.*$/is, ''))];
}

/** At the commas that stand in no brackets. */
function splitOutside(text: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if ('<('.includes(char)) depth++;
    if ('>)'.includes(char)) depth--;
    if (char === ',' && depth === 0) parts.push('');
    else parts.push(parts.pop() + char);
  }
  return parts;
}

function integer(word: string): ColumnType {
  const limit = 1n << ((bits[word] ?? 64n) - 1n);
  return { kind: 'integer', min: -limit, max: limit - 1n };
}
