import { Presets, SingleBar } from 'cli-progress';
import { isCopied, type TableProgress } from '../src/follow/mysql/place.ts';
import { whileShown } from './while-shown.ts';

/** The progress of a snapshot on a terminal: rows, rows a second, and the time that is left, as far as the server knows its rows. */
export interface SnapshotBar {
  show(tables: readonly TableProgress[]): void;
  stop(): void;
}

export function createSnapshotBar(stream: NodeJS.WriteStream): SnapshotBar {
  const format = '{tables} tables [{bar}] {value}/~{total} rows, {rate} rows/s, {eta_formatted} left';
  const bar = new SingleBar({ format, stream, hideCursor: true, etaBuffer: 50 }, Presets.shades_classic);
  let release = (): void => undefined;
  let began: { readonly atMs: number; readonly rows: number } | undefined;
  return {
    show(tables) {
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const total = tables.reduce(
        (sum, table) => sum + (isCopied(table) ? table.rows : Math.max(table.rows, table.estimatedRows)),
        0,
      );
      const done = `${tables.filter(isCopied).length}/${tables.length}`;
      if (began === undefined) {
        began = { atMs: performance.now(), rows };
        bar.start(total, rows, { tables: done, rate: 0 });
        release = whileShown(() => bar.stop());
        return;
      }
      const seconds = (performance.now() - began.atMs) / 1000;
      bar.setTotal(total);
      bar.update(rows, { tables: done, rate: Math.round((rows - began.rows) / Math.max(seconds, 0.001)) });
    },
    stop: () => {
      release();
      bar.stop();
    },
  };
}
