import { expect } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { newRun } from '../../src/delivery/delivery.ts';
import type { LoadRequest, LoadResult } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunkReader } from '../../src/rows/row-readers.ts';
import { chunk, csvLayout, destination, sqsRecord } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';

export const day = Date.UTC(2026, 0, 2);
/** What each row says of where it came from, and when. */
export const whose = { id: 'c1', messageId: 'c1', time: '2026-01-02T00:00:00.000Z' };
export const isBad = (text: string) => text.includes('bad');
export const refusal = (message = 'a row does not fit'): LoadResult => ({ state: 'refused', kind: 'data', message });

export interface Script {
  readonly answer?: (rows: readonly string[]) => LoadResult | undefined;
  readonly meet?: (call: BucketCall) => Met;
  readonly searches?: number;
  readonly mostHeldBytes?: number;
}

/** A StarRocks that keeps rows, and refuses a load with a bad one; a bucket for what is rejected. */
export function setUp({ answer = () => undefined, meet = () => 'pass', searches = 200, mostHeldBytes }: Script = {}) {
  const bucket = fakeBucket(meet);
  const inTable: string[] = [];
  const labels = new Set<string>();
  const told: string[] = [];
  let [loads, deliveries] = [0, 0];
  const deadlines: number[] = [];
  const load = async ({ label, body, rows, destination, deadlineMs }: LoadRequest): Promise<LoadResult> => {
    loads += 1;
    deadlines.push(deadlineMs);
    const { headers } = destination;
    const text = Buffer.concat(await Array.fromAsync(body.open())).toString();
    const sent =
      headers['format'] === 'csv'
        ? text.split('\n').filter(Boolean)
        : (JSON.parse(text) as object[]).map((row) => JSON.stringify(row));
    expect(sent).toHaveLength(rows);
    const refused = answer(sent) ?? (sent.some(isBad) ? refusal() : undefined);
    if (refused) return refused;
    const already = labels.has(label);
    if (!already) inTable.push(...sent);
    labels.add(label);
    return { state: 'loaded', visible: true, already };
  };
  const run = async (item: Chunk, to = destination()) => {
    const delivery = atLeastOnce<Chunk>({
      starrocks: { load },
      telemetry: { event: (...args) => void told.push(JSON.stringify(args)), count: () => undefined },
      ...{ labelPrefix: undefined, miscounts: undefined, join: joinChunks(csvLayout) },
      badRows: {
        ...chunkReader(csvLayout),
        objects: bucket.store,
        ...(mostHeldBytes === undefined ? {} : { mostHeldBytes }),
      },
      clock: { now: () => day, sleep: () => new Promise<void>(() => undefined), random: () => 0 },
    });
    const run = newRun([sqsRecord({ receiveCount: ++deliveries })], 60_000, searches);
    const outcomes = await delivery.take({ destination: to, items: [item] }, run);
    return outcomes.get(item);
  };
  const rejected = () =>
    [...bucket.bodies]
      .filter(([key]) => key.startsWith('rejected/'))
      .map(([key, bytes]) => ({
        key,
        rows: Buffer.from(bytes)
          .toString()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      }));
  return { run, inTable, told, rejected, bucket, deadlines, loads: () => loads };
}

const streamed = (layout: 'items' | 'csv', text: string, rows: number): Chunk =>
  chunk({
    ...{ layout, rows, text: '', bytes: Buffer.byteLength(text) },
    async *source() {
      yield Buffer.from(text);
    },
  });

export const layouts: Record<string, (rows: readonly string[]) => Chunk> = {
  lines: (rows) => chunk({ text: rows.join('\n'), rows: rows.length }),
  items: (rows) => chunk({ layout: 'items', text: rows.join(' ,\n'), rows: rows.length }),
  csv: (rows) => chunk({ layout: 'csv', text: rows.map((row) => `${row}\n`).join(''), rows: rows.length }),
  'a payload of JSON that no memory holds': (rows) => streamed('items', rows.join(' ,\n'), rows.length),
  'a payload of CSV that no memory holds': (rows) =>
    streamed('csv', rows.map((row) => `${row}\n`).join(''), rows.length),
  'a payload of JSON': (rows) => streamed('items', rows.join(','), rows.length),
  'a payload of CSV': (rows) => streamed('csv', rows.map((row) => `${row}\n`).join(''), rows.length),
};
