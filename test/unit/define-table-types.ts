/** What the compiler says of rows of a table that is defined: `npm run types` reads this file, and nobody runs it. */

import {
  array,
  bigint,
  boolean,
  type DeletedRowOf,
  date,
  decimal,
  defineTable,
  int,
  json,
  map,
  nullable,
  type RowOf,
  string,
  struct,
  varchar,
  withDefault,
} from '../../src/producer/define-table.ts';
import type { Producer } from '../../src/producer/producer.ts';

const orders = defineTable(
  {
    id: bigint(),
    amount: decimal(10, 2),
    note: nullable(varchar(20)),
    state: withDefault(int()),
    tags: nullable(array(string())),
    more: nullable(struct({ weight: int(), sizes: map(string(), int()) })),
  },
  { name: 'shop.orders', primaryKey: ['id'] },
);
const log = defineTable({ at: date(), ok: boolean(), body: json() }, { name: { table: 'log.1' } });

export async function compiles(producer: Producer): Promise<void> {
  await producer.send(orders, { id: 1, amount: '1.10' });
  await producer.send(orders, [
    { id: 1n, amount: 1, note: null, state: 2, tags: ['a', null] },
    { id: '18446744073709551616', amount: 12n, note: undefined, more: { weight: 3, sizes: { a: 1 } } },
  ]);
  await producer.send(orders, new Set([{ id: 1, amount: 2 }]), { op: 'upsert', chunk: 'c1' });
  await producer.send(orders, { id: 1 }, { op: 'delete' });
  await producer.send(orders, [{ id: 1, note: 'gone' }], { op: 'delete' });
  await producer.send(log, { at: new Date(0), ok: true, body: { any: [1] } });
  await producer.send('anything', [{ a: 1 }, '{"b":2}']);
  await producer.send({ database: 'd', table: 't' }, { a: 1 }, { op: 'delete' });
  const row: RowOf<typeof orders> = { id: 1, amount: 2 };
  const key: DeletedRowOf<typeof orders> = { id: 1 };
  await producer.send(orders, [row]);
  await producer.send(orders, key, { op: 'delete' });
}

export async function isRefused(producer: Producer): Promise<void> {
  // @ts-expect-error a column that must be there is absent
  await producer.send(orders, { id: 1 });
  // @ts-expect-error no row at all
  await producer.send(orders, 'id=1');
  // @ts-expect-error a text where a number belongs
  await producer.send(orders, { id: 1, amount: 1, state: 'new' });
  // @ts-expect-error NULL where the column is NOT NULL
  await producer.send(orders, { id: null, amount: 1 });
  // @ts-expect-error NULL, and a DEFAULT does not make a column nullable
  await producer.send(orders, { id: 1, amount: 1, state: null });
  // @ts-expect-error a column that the table does not have
  await producer.send(orders, { id: 1, amount: 1, nota: 'x' });
  // @ts-expect-error the same in a list
  await producer.send(orders, [{ id: 1, amount: 1, nota: 'x' }]);
  // @ts-expect-error an element of another type
  await producer.send(orders, [{ id: 1, amount: 1, tags: [1] }]);
  // @ts-expect-error a field of another type
  await producer.send(orders, [{ id: 1, amount: 1, more: { weight: 'heavy' } }]);
  // @ts-expect-error a row is deleted by its key
  await producer.send(orders, { amount: 1 }, { op: 'delete' });
  // @ts-expect-error without a primary key nothing is deleted
  await producer.send(log, { at: '2026-01-01', ok: true, body: {} }, { op: 'delete' });
  // @ts-expect-error a moment is no number, since nobody says what it counts
  await producer.send(log, { at: 1, ok: true, body: {} });
  // @ts-expect-error a key is one of the columns
  defineTable({ id: bigint() }, { name: 't', primaryKey: ['ident'] });
}
