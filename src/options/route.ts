/** What a route of sink.json may say. The shape is told once: types, checks and docs/sink.schema.json come from it. */
import * as v from 'valibot';

const described = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(schema, v.description(description));

const pattern = v.string('expected a regular expression');
const optionalText = (description: string) => v.optional(described(v.string('expected text'), description));
const name = v.pipe(v.string('expected a name'), v.minLength(1, 'expected a name, found an empty one'));

/** Values that are no column of the source, by what `sourceType` calls them. */
export const originTypes = [
  '@database',
  '@table',
  '@operation',
  '@position',
  '@version',
  '@committed-at',
  '@transaction',
  '@before',
  '@after',
] as const;

export const routeColumn = v.strictObject({
  name: described(name, 'In StarRocks.'),
  type: described(name, 'StarRocks type.'),
  sourceType: optionalText(
    'Type as the source prints it; or what of a change fills the column: @database and @table that it came from, @operation (insert, update, delete or snapshot), @position in the log of the source, @version (a number that grows with it), @committed-at, @transaction, and the row @before and @after, as JSON.',
  ),
  source: v.optional(described(name, 'In the source, when it is another.')),
  encoding: v.optional(described(v.picklist(['base64']), 'How bytes are written in a row.')),
  field: v.optional(described(name, 'What the column is called in a row, when it is not `name`.')),
});

const optionValue = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.array(v.string()),
  v.record(v.string(), v.string()),
]);

export const routeSchema = v.strictObject({
  source: described(
    v.strictObject({
      database: v.optional(described(pattern, 'Database of the source, or its schema.')),
      table: v.optional(described(pattern, 'Table of the source.')),
      attributes: v.optional(described(v.record(name, pattern), 'Attributes of the message, by name.')),
      object: v.optional(described(pattern, 'S3 object that a notification names, as bucket/key.')),
    }),
    'Unanchored regular expressions, all of which match. The last route that matches takes the rows.',
  ),
  database: described(name, 'In StarRocks.'),
  table: described(name, 'In StarRocks.'),
  primaryKey: v.optional(described(v.array(name), 'Columns of the key, in order. Empty: a duplicate-key table.'), []),
  columns: v.optional(described(v.array(routeColumn), 'Empty: what the table has.'), []),
  mode: v.optional(
    described(
      v.picklist(['mirror', 'history']),
      'mirror: the table holds what the source holds. history: a duplicate-key table holds each change.',
    ),
    'mirror',
  ),
  options: v.optional(described(v.record(v.string(), optionValue), 'What differs from the options of the file.'), {}),
});

export type RouteColumn = v.InferOutput<typeof routeColumn>;

/** Which rows fill which StarRocks table. */
export type Route = v.InferOutput<typeof routeSchema>;

/** A route as a person writes it: what follows from the rest is left out. */
export type RouteGiven = v.InferInput<typeof routeSchema>;
