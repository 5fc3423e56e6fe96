import type { Connection } from 'mysql2';
import { Bytes } from './binlog/bytes.ts';
import { nullCell } from './cells.ts';
import { pullBatches } from './pull-batches.ts';
import { sendCommand } from './raw-command.ts';
import type { SelectedColumn } from './select-cells.ts';
import type { Cells } from './source.ts';

const aheadBytes = 256 * 1024;
const comQuery = 0x03;
const nullMark = 0xfb;

/**
 * The rows of a SELECT as cells, in batches as they come.
 *
 * @in  columns: those of the SELECT, in its order; connection: without query attributes
 */
export function selectCells(
  connection: Connection,
  sql: string,
  columns: readonly SelectedColumn[],
): AsyncGenerator<readonly Cells[]> {
  return pullBatches<Cells>(connection, { aheadBytes }, (feed) => {
    // The number of columns, their definitions, EOF; then the rows, EOF.
    let isBehindColumns = false;
    sendCommand(connection, Buffer.concat([Buffer.from([comQuery]), Buffer.from(sql)]), {
      onPacket: (buffer, from, to) => {
        if (!isBehindColumns) return;
        feed.push(readCells(new Bytes(buffer, from, to), columns));
        feed.count(to - from);
      },
      onEof: () => {
        if (isBehindColumns) feed.end();
        const isOver = isBehindColumns;
        isBehindColumns = true;
        return isOver;
      },
      onError: feed.end,
    });
  });
}

function readCells(bytes: Bytes, columns: readonly SelectedColumn[]): Cells {
  const { buffer } = bytes;
  const cells = new Array<string>(columns.length);
  for (let index = 0; index < columns.length; index++) {
    const first = buffer[bytes.at] ?? nullMark;
    if (first === nullMark) {
      bytes.at++;
      cells[index] = nullCell;
      continue;
    }
    // Almost all lengths are one byte.
    if (first < nullMark) bytes.at++;
    const length = first < nullMark ? first : bytes.length();
    const from = bytes.skip(length);
    cells[index] = columns[index]?.cell(buffer, from, from + length) ?? nullCell;
  }
  return cells;
}
