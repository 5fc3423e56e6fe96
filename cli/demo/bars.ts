import { MultiBar, Presets } from 'cli-progress';
import { whileShown } from '../while-shown.ts';

export interface Bars {
  readonly produced: (rows: number) => void;
  readonly loaded: (rows: number) => void;
  readonly stop: () => void;
}

/** Two progress bars on a terminal; elsewhere nothing. */
export function createBars(total: number, { isQuiet }: { readonly isQuiet: boolean }): Bars {
  const ignore = () => undefined;
  if (isQuiet || process.stderr.isTTY !== true) return { produced: ignore, loaded: ignore, stop: ignore };
  const format = '{name} [{bar}] {value}/{total} rows';
  const bars = new MultiBar({ format, hideCursor: true }, Presets.shades_classic);
  const produced = bars.create(total, 0, { name: 'produced' });
  const loaded = bars.create(total, 0, { name: 'loaded  ' });
  const release = whileShown(() => bars.stop());
  return {
    produced: (rows) => produced.increment(rows),
    loaded: (rows) => loaded.increment(rows),
    stop: () => {
      release();
      bars.stop();
    },
  };
}
