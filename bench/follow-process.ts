/**
 * One side of following a database, in a process of its own. argv: side, port, where the binlog begins (GTID), rows to wait for. Sends
 * what it spent to the parent.
 */
import ZongJi, { type BinlogEvent } from '@vlasky/zongji';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Cells, RowShape } from '../src/mysql/follow/source.ts';
import { follow } from '../test/integration/follow-world.ts';
import { spend } from './measure.ts';

export interface FollowSpent {
  readonly rowsPerSecond: number;
  readonly rowsPerCpuSecond: number;
  readonly peakBytes: number;
}

export type FollowSide = 'library' | 'binlog' | 'selects' | 'snapshot';

const [side = '', portText, gtid = '', rowsText] = process.argv.slice(2);
const [port, rows] = [Number(portText), Number(rowsText)];
const account = { host: '127.0.0.1', port, user: 'tester', password: 'tester-pw' } as const;

/** The library with a handler that only counts. */
function countByLibrary(): Promise<void> {
  const library = new ZongJi({
    ...account,
    dateStrings: true,
    timezone: 'Z',
    jsonStrings: true,
    supportBigNumbers: true,
  });
  let left = rows;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  library.on('error', reject);
  library.on('binlog', (event: BinlogEvent) => {
    if ('rows' in event && Array.isArray(event.rows)) left -= event.rows.length;
    if (left <= 0) resolve();
  });
  library.start({ serverId: 501, gtidSet: gtid, includeSchema: { bench: true } });
  return promise.then(() => library.stop());
}

/** What stands before each cell of a row, by the shape of the row. */
const before = new WeakMap<RowShape, readonly string[]>();

/** The row as the JSON text that is sent. */
function textOf(shape: RowShape, cells: Cells): string {
  const names =
    before.get(shape) ?? shape.columns.map(({ name }, at) => `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  before.set(shape, names);
  let text = '';
  for (let at = 0; at < cells.length; at++) text += (names[at] ?? '') + (cells[at] ?? '');
  return `${text}}`;
}

let characters = 0;

async function readBinlog(): Promise<void> {
  const source = await follow({ port }, 'bench', { serverId: 502 });
  let left = rows;
  for await (const batch of source.openBinlog({ gtid, file: '', offset: 0 })) {
    for (const event of batch) {
      if (event.kind !== 'row') continue;
      characters += textOf(event.shape, event.after ?? event.before ?? []).length;
      left--;
    }
    if (left <= 0) break;
  }
  await source.close();
}

/** mysql2, by ranges of the key. */
async function selectRanges(): Promise<void> {
  const connection = await createConnection({ ...account, database: 'bench' });
  let last = 0;
  let left = rows;
  while (left > 0) {
    const [found] = await connection.query<RowDataPacket[]>('SELECT * FROM wide WHERE id > ? ORDER BY id LIMIT 20000', [
      last,
    ]);
    if (found.length === 0) break;
    left -= found.length;
    last = Number(found.at(-1)?.['id']);
  }
  await connection.end();
}

async function readSnapshot(): Promise<void> {
  const source = await follow({ port }, 'bench');
  const table = (await source.tables()).find((one) => one.table === 'wide');
  if (table === undefined) throw new Error('no table');
  for (const range of await source.planRanges(table)) {
    for await (const batch of source.readRange(table, range)) {
      for (const cells of batch.rows) characters += textOf(batch.shape, cells).length;
    }
  }
  await source.close();
}

const sides: Readonly<Record<FollowSide, () => Promise<void>>> = {
  library: countByLibrary,
  binlog: readBinlog,
  selects: selectRanges,
  snapshot: readSnapshot,
};
const { wallMs, cpuMs } = await spend({ prepare: () => undefined, run: sides[side as FollowSide] });
const spent: FollowSpent = {
  rowsPerSecond: (rows * 1000) / wallMs,
  rowsPerCpuSecond: (rows * 1000) / cpuMs,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.send?.(spent);
process.exit(characters < 0 ? 1 : 0);
