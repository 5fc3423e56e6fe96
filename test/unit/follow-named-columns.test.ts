import { expect, it } from 'vitest';
import { namedColumns } from '../../src/mysql/follow/binlog/named-columns.ts';
import { columnTypes as t } from '../../src/mysql/follow/binlog/table-map.ts';
import { column, table } from './migrate-schema-builder.ts';

const of = (...types: readonly number[]) => types.map((type) => ({ type, size: 1, scale: 0 }));
const source = table('shop.orders', [
  'id bigint unsigned NOT NULL',
  column("kind enum('a','it''s')", { charset: 'latin1' }),
  column('v varchar(9)', { charset: 'latin1' }),
  column('b varbinary(9)', { charset: 'binary' }),
]);

it('names columns, their signs, character sets and members by the definition of the table', () => {
  expect(namedColumns(of(t.longlong, t.enum, t.varchar, t.varchar), source)).toMatchObject([
    { name: 'id', unsigned: true, charset: null },
    { name: 'kind', members: [Buffer.from('a'), Buffer.from("it's")] },
    { name: 'v', charset: 'latin1', unsigned: false },
    { name: 'b', charset: null },
  ]);
});

it.each([
  ['fewer columns', of(t.longlong, t.enum, t.varchar), /3 columns, and 4 when following began/],
  ['other types', of(t.longlong, t.enum, t.long, t.varchar), /column v is of type 3, and was varchar\(9\)/],
])('refuses a table of %s than when following began', (_, types, says) => {
  expect(() => namedColumns(types, source)).toThrow(
    expect.objectContaining({ reason: 'definition', message: expect.stringMatching(says) }),
  );
});
