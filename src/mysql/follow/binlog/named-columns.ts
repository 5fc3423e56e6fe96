/** Columns of a table whose binlog does not tell their names, signs, character sets and members: they are those of its definition. */
import { membersOf, parseColumnType } from '../../column-type.ts';
import type { SourceColumn, SourceTable } from '../../information-schema.ts';
import { type BinlogColumn, columnTypes, UnreadableTable } from './table-map.ts';

const t = columnTypes;

/** Types in the binlog by DATA_TYPE. A definition of before, or of later, is noticed by them. */
const codes: readonly (readonly [names: RegExp, types: readonly number[]])[] = [
  [/^tinyint$/, [t.tiny]],
  [/^smallint$/, [t.short]],
  [/^mediumint$/, [t.int24]],
  [/^int(eger)?$/, [t.long]],
  [/^bigint$/, [t.longlong]],
  [/^float$/, [t.float]],
  [/^(double|real)$/, [t.double]],
  [/^decimal$/, [t.decimal]],
  [/^bit$/, [t.bit]],
  [/^year$/, [t.year]],
  [/^date$/, [t.date, t.newdate]],
  [/^datetime$/, [t.datetime2]],
  [/^timestamp$/, [t.timestamp2]],
  [/^time$/, [t.time2]],
  [/^(char|binary|uuid|inet[46])$/, [t.string]],
  [/^(varchar|varbinary)$/, [t.varchar, t.varcharCompressed]],
  [/(text|blob)$/, [t.blob, t.blobCompressed]],
  [/^json$/, [t.json, t.blob]],
  [/^enum$/, [t.enum]],
  [/^set$/, [t.set]],
  [/^vector$/, [t.vector]],
  [/geom|point|line|polygon/, [t.geometry]],
];

type ReadType = Pick<BinlogColumn, 'type' | 'size' | 'scale'>;

/** @throws  UnreadableTable: the definition is none of this table as it was then */
export function namedColumns(types: readonly ReadType[], { columns }: SourceTable): readonly BinlogColumn[] {
  if (columns.length !== types.length)
    throw new UnreadableTable('definition', `${types.length} columns, and ${columns.length} when following began`);
  return types.map((type, index) => {
    const column = columns[index] as SourceColumn;
    const expected = codes.find(([names]) => names.test(column.dataType))?.[1] ?? [];
    if (!expected.includes(type.type))
      throw new UnreadableTable(
        'definition',
        `column ${column.name} is of type ${type.type}, and was ${column.columnType}`,
      );
    const { unsigned } = parseColumnType(column);
    const isList = type.type === t.enum || type.type === t.set;
    const members = isList ? membersOf(column.columnType).map((member) => Buffer.from(member)) : [];
    const charset = column.charset === 'binary' ? null : column.charset;
    return { name: column.name, ...type, unsigned, charset: isList ? 'utf8mb4' : charset, members };
  });
}
