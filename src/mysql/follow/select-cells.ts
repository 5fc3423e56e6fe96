/** How the values of a column are selected and become cells: the same cells that the binlog gives. */
import { backticked } from '../../kit/backticked.ts';
import { parseColumnType } from '../column-type.ts';
import type { SourceColumn } from '../information-schema.ts';
import { latin1Text, utf8Text } from './binlog/bytes.ts';
import * as cells from './cells.ts';
import type { ShapeColumn } from './source.ts';

export interface SelectedColumn extends ShapeColumn {
  /** What stands in the SELECT. */
  readonly sql: string;
  /** @in  the bytes from `from` to `to`: the value as the server sends it in answer to a statement, as text */
  readonly cell: (buffer: Buffer, from: number, to: number) => string;
}

type CellOf = SelectedColumn['cell'];

const quoted: CellOf = (buffer, from, to) => `"${latin1Text(buffer, from, to)}"`;
const ofText =
  (cell: (text: string) => string): CellOf =>
  (buffer, from, to) =>
    cell(utf8Text(buffer, from, to));
const ofBytes =
  (cell: (bytes: Buffer) => string): CellOf =>
  (buffer, from, to) =>
    cell(buffer.subarray(from, to));
const ofNumber =
  (cell: (value: number) => string): CellOf =>
  (buffer, from, to) =>
    cell(Number(latin1Text(buffer, from, to)));

/** MySQL prints the shortest digits too, but from 1e-7 down, from 1e16 up, and of -0 it prints them otherwise. */
const printsAlike = /^-?(?!0\.000000)\d{1,15}(?:\.\d+)?$/;
const double: CellOf = (buffer, from, to) => {
  const text = latin1Text(buffer, from, to);
  return printsAlike.test(text) && text !== '-0' ? text : cells.doubleCell(Number(text));
};

type Way = Pick<SelectedColumn, 'kind' | 'cell'> & {
  readonly names: readonly string[];
  readonly sql?: (name: string) => string;
};

const integer: CellOf = (buffer, from, to) =>
  to - from < 16 ? latin1Text(buffer, from, to) : cells.integerCell(BigInt(latin1Text(buffer, from, to)));

/** DATA_TYPE → how. What is not named here is text. */
const ways: readonly Way[] = [
  { names: ['tinyint', 'smallint', 'mediumint', 'int', 'integer', 'bigint'], kind: 'number', cell: integer },
  // A FLOAT as text has six digits; as part of an expression it is a double.
  {
    names: ['float'],
    kind: 'number',
    sql: (name) => `${name} + 0E0`,
    cell: ofNumber(cells.floatCell),
  },
  {
    names: ['double', 'real'],
    kind: 'number',
    sql: (name) => `${name} + 0E0`,
    cell: double,
  },
  { names: ['decimal'], kind: 'digits', cell: quoted },
  { names: ['bit'], kind: 'number', sql: (name) => `CAST(${name} AS UNSIGNED)`, cell: integer },
  { names: ['year'], kind: 'number', cell: ofNumber(String) },
  { names: ['date', 'datetime', 'timestamp'], kind: 'moment', cell: quoted },
  { names: ['time'], kind: 'text', cell: quoted },
  { names: ['json'], kind: 'json', cell: ofText(cells.documentCell) },
  { names: ['vector'], kind: 'json', cell: ofBytes(cells.vectorCell) },
  {
    names: [
      ...['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon'],
      ...['geometrycollection', 'geomcollection'],
    ],
    kind: 'json',
    cell: ofBytes(cells.geometryCell),
  },
  {
    names: ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'],
    kind: 'bytes',
    cell: ofBytes(cells.bytesCell),
  },
];

const zerosBefore = /^(-?)0+(?=\d)/;

export function selectedColumn(column: SourceColumn): SelectedColumn {
  const { name } = parseColumnType(column);
  const way = ways.find(({ names }) => names.includes(name));
  const sql = way?.sql?.(backticked(column.name)) ?? backticked(column.name);
  if (way === undefined) return { name: column.name, kind: 'text', sql, cell: ofText(cells.textCell) };
  const { kind } = way;
  if (!/\bzerofill\b/i.test(column.columnType)) return { name: column.name, kind, sql, cell: way.cell };
  const cell: CellOf = (buffer, from, to) => {
    const digits = Buffer.from(latin1Text(buffer, from, to).replace(zerosBefore, '$1'));
    return way.cell(digits, 0, digits.length);
  };
  return { name: column.name, kind, sql, cell };
}
