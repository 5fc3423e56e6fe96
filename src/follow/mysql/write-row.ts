import type { Cells, RowShape, ShapeColumn } from '../../mysql/follow/source.ts';
import type { CompiledRoute } from '../../options/compile-routes.ts';
import type { originTypes, RouteColumn } from '../../options/route.ts';
import type { Versions } from './versions.ts';

type OriginType = (typeof originTypes)[number];
/** What a row tells beside its cells, and where it came from. */
type ToldType = Exclude<OriginType, '@database' | '@table'>;

/** A row, and what is told of its change. */
export interface WrittenRow {
  readonly cells: Cells;
  readonly operation: 'snapshot' | 'insert' | 'update' | 'delete';
  /** StarRocks' own: 0 writes the row, 1 deletes it. */
  readonly op?: 0 | 1 | undefined;
  /** A row that the source deleted, of a table whose rows have versions. */
  readonly isDeleted?: boolean;
  readonly gtid?: string;
  readonly index?: number;
  readonly atMs?: number;
  readonly before?: Cells;
  readonly after?: Cells;
  readonly versions?: Pick<Versions, 'version'>;
}

/** Writes the rows of one shape as a route wants them. */
export interface RowWriter {
  /** @out  one JSON object on one line */
  write(row: WrittenRow): string;
  movesKey(before: Cells, after: Cells): boolean;
  /** The key as one text; only to tell keys apart. */
  keyOf(cells: Cells): string;
}

interface Field {
  /** `"name":` */
  readonly label: string;
  /** In StarRocks. */
  readonly name: string;
  /** Place of the cell in the row of the source; or what fills it instead. */
  readonly at?: number;
  readonly text?: string;
  readonly told?: ToldType;
  readonly isMoment?: boolean;
}

export function createRowWriter(shape: RowShape, route: CompiledRoute): RowWriter {
  const fields = fieldsOf(shape, route);
  const order = orderOf(route);
  const keys = route.primaryKey.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  const textOf = (field: Field, row: WrittenRow): string => {
    if (field.at !== undefined) return cellOf(field, row.cells);
    return field.text ?? (field.told ? toldOf(field.told, row, shape) : 'null');
  };
  return {
    write(row) {
      let text = '{';
      for (const field of fields) {
        if (text.length > 1) text += ',';
        text += field.label + textOf(field, row);
      }
      if (order)
        text += `${text.length > 1 ? ',' : ''}${order.version}"${row.versions?.version ?? 0}",${order.deleted}${row.isDeleted ? 1 : 0}`;
      if (row.op !== undefined) text += `${text.length > 1 ? ',' : ''}"__op":${row.op}`;
      return `${text}}`;
    },
    movesKey: (before, after) => keys.some(({ at }) => at !== undefined && before[at] !== after[at]),
    keyOf: (cells) => keys.map((field) => (field.at === undefined ? field.text : cells[field.at])).join(),
  };
}

/** The columns by which StarRocks keeps an older row from winning; undefined: the route asks for none. */
export const isOrdered = ({ mode, options }: CompiledRoute): boolean =>
  mode === 'mirror' && options['sink.order-by'] !== undefined;

function orderOf(route: CompiledRoute): { readonly version: string; readonly deleted: string } | undefined {
  if (!isOrdered(route)) return undefined;
  const label = (name: string) => `${JSON.stringify(name)}:`;
  const { options } = route;
  return {
    version: label(options['sink.order-by.version-column']),
    deleted: label(options['sink.order-by.deleted-column']),
  };
}

/** The fields of a row: those of the route, and else those of the source. */
function fieldsOf(shape: RowShape, { columns, options }: CompiledRoute): readonly Field[] {
  const taken = new Set(columns.map(({ name, source = name }) => source.toLowerCase()));
  const routed = columns.flatMap((column) => fieldOf(column, shape) ?? []);
  const rest = columns.length === 0 || options['sink.schema-change'] === 'add-columns' ? shape.columns : [];
  const added = rest
    .filter(({ name }) => !taken.has(name.toLowerCase()))
    .flatMap(({ name }) => cellField(name, name, name, shape));
  return [...routed, ...added];
}

/** @out undefined: the source has no such column, or none yet, or none any more */
function fieldOf(column: RouteColumn, shape: RowShape): Field | undefined {
  const { name, source = name, field = name, sourceType = '' } = column;
  if (!sourceType.startsWith('@')) return cellField(name, field, source, shape)[0];
  const label = `${JSON.stringify(field)}:`;
  const told = sourceType as OriginType;
  if (told === '@database') return { label, name, text: JSON.stringify(shape.database) };
  if (told === '@table') return { label, name, text: JSON.stringify(shape.table) };
  return { label, name, told };
}

function cellField(name: string, field: string, source: string, { columns }: RowShape): readonly Field[] {
  const at = indexOf(columns, source);
  if (at < 0) return [];
  return [{ label: `${JSON.stringify(field)}:`, name, at, isMoment: columns[at]?.kind === 'moment' }];
}

/** Names of columns are the same in any case. */
const indexOf = (columns: readonly ShapeColumn[], source: string): number =>
  columns.findIndex(({ name }) => name.toLowerCase() === source.toLowerCase());

/** A month or day of 0 is no date in StarRocks. */
const isNoDate = /^"\d{4}-(?:00|\d\d-00)/;

function cellOf({ at = 0, isMoment }: Field, cells: Cells): string {
  const cell = cells[at] ?? 'null';
  return isMoment && isNoDate.test(cell) ? 'null' : cell;
}

function toldOf(what: ToldType, row: WrittenRow, shape: RowShape): string {
  switch (what) {
    case '@operation':
      return `"${row.operation}"`;
    case '@transaction':
      return row.gtid === undefined ? 'null' : JSON.stringify(row.gtid);
    case '@position':
      return row.gtid === undefined ? 'null' : JSON.stringify(`${row.gtid}/${row.index}`);
    case '@committed-at':
      return row.atMs === undefined ? 'null' : JSON.stringify(momentOf(row.atMs));
    case '@version':
      return row.versions === undefined ? 'null' : `"${row.versions.version}"`;
    case '@before':
      return row.before ? objectOf(shape, row.before) : 'null';
    case '@after':
      return row.after ? objectOf(shape, row.after) : 'null';
  }
}

const momentOf = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

const objectOf = ({ columns }: RowShape, cells: Cells) =>
  `{${columns.map(({ name }, at) => `${JSON.stringify(name)}:${cells[at] ?? 'null'}`).join()}}`;
