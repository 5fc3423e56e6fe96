import type { Clock } from '../kit/clock.ts';
import type { TableShape } from '../messages/route.ts';
import type { SinkOptions } from '../options/table.ts';
import type { KeyKind, TableId } from '../ports.ts';
import { type ColumnType, readColumnType } from '../rows/column-type.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { createChunkFitter } from '../rows/fit-chunk.ts';
import { type FitRules, fitTableOf } from '../rows/fit-table.ts';
import { saysAbsent } from '../starrocks/query-port.ts';
import type { TableSchema } from '../starrocks/schema.ts';
import type { SchemaOf } from '../starrocks/schema-cache.ts';
import { byOptions } from './table-options.ts';

/** Headers by which a person says how rows become columns; then they are not looked at. */
const ownWays = ['columns', 'jsonpaths'];

/** What tables look like, and how rows are fitted to them; of one schema that is made once. */
export function wireShapes(
  schemas: SchemaOf,
  optionsOf: (table: TableId) => SinkOptions,
  csv: CsvLayout,
  clock: Pick<Clock, 'now'>,
): (target: TableId, maxAgeMs?: number, deadlineMs?: number) => Promise<TableShape | undefined> {
  const shapes = new WeakMap<TableSchema, TableShape>();
  const rulesOf = byOptions((options) => ({
    rules: fitRules(options, clock),
    adds: addsOf(options),
    isFitted: ownWays.every((name) => options.properties[name] === undefined),
  }));
  return async (target, maxAgeMs, deadlineMs) => {
    const schema = await schemas(target, maxAgeMs, deadlineMs).catch((error: unknown) => {
      if (optionsOf(target)['sink.create-tables'] && saysAbsent(error) !== undefined) return 'absent' as const;
      throw error;
    });
    if (schema === 'absent') return absent;
    if (schema === undefined) return undefined;
    const { rules, isFitted, adds } = rulesOf(optionsOf(target));
    const shape = shapes.get(schema) ?? shapeOf(schema, rules, isFitted ? csv : undefined, adds);
    shapes.set(schema, shape);
    return shape;
  };
}

const fitRules = ({ properties, ...options }: SinkOptions, clock: Pick<Clock, 'now'>): FitRules => ({
  timeZone: properties['timezone'] ?? 'UTC',
  epochUnit: options['sink.epoch-unit'],
  isPartial: properties['partial_update'] === 'true',
  checksRows: options['sink.check-rows'] === 'reject',
  unknownKeys: options['sink.unknown-columns'] === 'reject' ? 'reject' : 'drop',
  now: clock.now,
  ...(options['sink.order-by'] === undefined ? {} : { deletedColumn: options['sink.order-by.deleted-column'] }),
});

/** Whose keys become columns, if any do. */
function addsOf(options: SinkOptions): TableShape['adds'] {
  if (options['sink.unknown-columns'] === 'add') return 'of all rows';
  return options['sink.schema-change'] === 'add-columns' ? 'of changes' : undefined;
}

/** There is a table as soon as there are rows for it. */
const absent: TableShape = { columns: [], primaryKey: undefined, isAbsent: true };

function shapeOf(
  { columns, model }: TableSchema,
  rules: FitRules,
  csv: CsvLayout | undefined,
  adds: TableShape['adds'],
): TableShape {
  const names = (found: typeof columns) => found.map(({ name }) => name);
  const primaryKey = model === 'primary' ? names(columns.filter(({ key }) => key)) : undefined;
  const keyKinds = columns.filter(({ key }) => key).map(({ type }) => keyKindOf(readColumnType(type)));
  const { deletedColumn } = rules;
  const fitterBy = (own: FitRules) => csv && createChunkFitter(fitTableOf(columns, primaryKey, own), csv);
  const known = {
    ...{ columns: names(columns.filter(({ generated }) => !generated)), primaryKey, keyKinds, fitter: fitterBy(rules) },
    ...(deletedColumn === undefined ? {} : { deleted: deletedColumn }),
  };
  // A column that is added to an aggregate table would become part of its key.
  if (adds === undefined || csv === undefined || model === 'aggregate') return known;
  const refusing = (refusal: string) =>
    createChunkFitter(fitTableOf(columns, primaryKey, { ...rules, unknownKeys: 'reject', refusal }), csv);
  return { ...known, adds, refusing };
}

const keyKindOf = ({ kind }: ColumnType): KeyKind =>
  kind === 'integer' || kind === 'boolean' || kind === 'date' || kind === 'datetime' ? kind : 'text';
