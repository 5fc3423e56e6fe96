/**
 * Describes a table once, for the compiler and for what runs: `producer.send(orders, row)` takes it in the place of a name.
 *
 * @module starrocks-sink/table
 */

export * from '../../src/producer/define-table.ts';
