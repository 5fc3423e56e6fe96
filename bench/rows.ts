import { hash } from 'node:crypto';

/** The rows of every measurement: made from their number alone, 182 to 198 bytes as JSON or as CSV unless told. */

export type Order = Readonly<Record<(typeof columns)[number], string | number>>;

export const columns = ['order_id', 'customer', 'city', 'amount', 'status', 'created_at', 'note'] as const;

const cities = ['Rotterdam', 'Bologna', 'Kyoto', 'Montevideo', 'Nairobi', 'Tampere'];
const states = ['new', 'paid', 'packed', 'shipped', 'returned'];
const words = 'left with the neighbours on second floor who were told to expect a large and rather heavy parcel'.split(
  ' ',
);

export const rowAsJson = (index: number, bytes = usualBytes(index)): Order =>
  order(index, bytes, (row) => JSON.stringify(row));
export const rowAsCsv = (index: number, bytes = usualBytes(index)): Order => order(index, bytes, csvText);

export const csvText = (row: Order): string => columns.map((name) => row[name]).join('\t');

const usualBytes = (index: number): number => 182 + (index % 17);

function order(index: number, bytes: number, write: (row: Order) => string): Order {
  const row = {
    order_id: 10_000_000 + index,
    customer: `customer-${String((index * 7919) % 100_003).padStart(6, '0')}`,
    city: cities[index % cities.length] ?? '',
    amount: ((index * 31) % 100_000) / 100,
    status: states[index % states.length] ?? '',
    created_at: new Date(1_767_225_600_000 + index * 1000).toISOString().slice(0, 19).replace('T', ' '),
    note: '',
  };
  return { ...row, note: noteOf(index).slice(0, bytes - write(row).length) };
}

/** A reference and words, as different from row to row as those of events are: zstd and base64 make 0.3 bytes of one. */
function noteOf(index: number): string {
  const chance = hash('sha256', String(index), 'buffer');
  return [chance.toString('hex', 0, 16), ...[...chance, ...chance].map((byte) => words[byte % words.length])].join(' ');
}
