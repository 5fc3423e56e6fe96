import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface NullSinkAddresses {
  readonly frontend: string;
  readonly backend: string;
}

/** What is counted for a load: always the same, or by its bytes when it is a JSON array of rows of one length. */
export type RowRule = { readonly rows: number } | { readonly bytesPerRow: number };

export interface Taken {
  /** Of bodies that the backend has read. */
  bytes: number;
  /** Plain loads and commits. */
  loads: number;
}

export interface NullSink extends NullSinkAddresses, Disposable {
  taken(): Promise<Readonly<Taken>>;
}

/** Starts the null sink. */
export async function startNullSink(rule: RowRule): Promise<NullSink> {
  const child = fork(new URL('./null-sink.ts', import.meta.url), [JSON.stringify(rule)], {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const [addresses] = (await once(child, 'message')) as [NullSinkAddresses];
  return {
    ...addresses,
    taken: async () => (await (await fetch(addresses.backend)).json()) as Taken,
    [Symbol.dispose]: () => child.disconnect(),
  };
}
