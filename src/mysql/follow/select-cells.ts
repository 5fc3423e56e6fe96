/** How the values of a column are selected and become cells: the same cells that the binlog gives. */
import { backticked } from '../../kit/backticked.ts';
import { parseColumnType } from '../column-type.ts';
import type { SourceColumn } from '../information-schema.ts';
import * as cells from './cells.ts';
import type { ShapeColumn } from './source.ts';

export interface SelectedColumn extends ShapeColumn {
  /** What stands in the SELECT. */
  readonly sql: string;
  /** @in  the value as the server sends it in answer to a statement, as text */
  readonly cell: (value: Buffer) => string;
}

const ascii = (value: Buffer) => value.toString('latin1');
const utf8 = (value: Buffer) => value.toString('utf8');
const quoted = (value: Buffer) => `"${ascii(value)}"`;

type Way = Pick<SelectedColumn, 'kind' | 'cell'> & {
  readonly names: readonly string[];
  readonly sql?: (name: string) => string;
};

const integer = (value: Buffer) => (value.length < 16 ? ascii(value) : cells.integerCell(BigInt(ascii(value))));

/** DATA_TYPE → how. What is not named here is text. */
const ways: readonly Way[] = [
  { names: ['tinyint', 'smallint', 'mediumint', 'int', 'integer', 'bigint'], kind: 'number', cell: integer },
  // A FLOAT as text has six digits; as part of an expression it is a double.
  {
    names: ['float'],
    kind: 'number',
    sql: (name) => `${name} + 0E0`,
    cell: (value) => cells.floatCell(Number(ascii(value))),
  },
  {
    names: ['double', 'real'],
    kind: 'number',
    sql: (name) => `${name} + 0E0`,
    cell: (value) => cells.doubleCell(Number(ascii(value))),
  },
  { names: ['decimal'], kind: 'digits', cell: quoted },
  { names: ['bit'], kind: 'number', sql: (name) => `CAST(${name} AS UNSIGNED)`, cell: integer },
  { names: ['year'], kind: 'number', cell: (value) => String(Number(ascii(value))) },
  { names: ['date', 'datetime', 'timestamp'], kind: 'moment', cell: quoted },
  { names: ['time'], kind: 'text', cell: quoted },
  { names: ['json'], kind: 'json', cell: (value) => cells.documentCell(utf8(value)) },
  { names: ['vector'], kind: 'json', cell: cells.vectorCell },
  {
    names: [
      ...['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon'],
      ...['geometrycollection', 'geomcollection'],
    ],
    kind: 'json',
    cell: cells.geometryCell,
  },
  {
    names: ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'],
    kind: 'bytes',
    cell: cells.bytesCell,
  },
];

const zerosBefore = /^(-?)0+(?=\d)/;

export function selectedColumn(column: SourceColumn): SelectedColumn {
  const { name } = parseColumnType(column);
  const way = ways.find(({ names }) => names.includes(name));
  const sql = way?.sql?.(backticked(column.name)) ?? backticked(column.name);
  if (way === undefined) return { name: column.name, kind: 'text', sql, cell: (value) => cells.textCell(utf8(value)) };
  const { kind } = way;
  if (!/\bzerofill\b/i.test(column.columnType)) return { name: column.name, kind, sql, cell: way.cell };
  const cell = (value: Buffer) => way.cell(Buffer.from(ascii(value).replace(zerosBefore, '$1')));
  return { name: column.name, kind, sql, cell };
}
