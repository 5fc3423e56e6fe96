/**
 * Sends rows to the queue of a sink, from Node 20 on, as an ES module or CommonJS. The address of a queue is enough:
 * `createProducer({ queueUrl, database })`.
 *
 * @module starrocks-sink/producer
 */

export type * from '../../src/producer/outcome.ts';
export * from '../../src/producer/producer.ts';
export type { CsvSource, ProducerOptions } from '../../src/producer/producer-options.ts';
export type { Operation, Row } from '../../src/producer/row-text.ts';
export type { TableName } from '../../src/producer/table-name.ts';
