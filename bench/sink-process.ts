import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface NullSinkAddresses {
  readonly frontend: string;
  readonly backend: string;
}

export interface NullSink extends NullSinkAddresses, Disposable {
  /** Bytes of bodies that the backend has read. */
  taken(): Promise<number>;
}

/** Starts the null sink. @in rows: what its answers count for every load */
export async function startNullSink(rows: number): Promise<NullSink> {
  const child = fork(new URL('./null-sink.ts', import.meta.url), [String(rows)], { stdio: ['ignore', 2, 2, 'ipc'] });
  const [addresses] = (await once(child, 'message')) as [NullSinkAddresses];
  return {
    ...addresses,
    taken: async () => Number(await (await fetch(addresses.backend)).text()),
    [Symbol.dispose]: () => child.disconnect(),
  };
}
