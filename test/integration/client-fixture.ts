import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from 'vitest';
import type { Clock } from '../../src/kit/clock.ts';
import type { Body, StarRocksCall } from '../../src/ports.ts';
import { createSend, type SendConfig, type StarRocksConnection } from '../../src/starrocks/send.ts';
import { type Handler, type ScriptedServer, startServer } from './scripted-server.ts';

export const success = { TxnId: 7, Status: 'Success', Message: 'OK', NumberTotalRows: 1, NumberLoadedRows: 1 };
export const row = '[{"a":1}]';
export const clock: Clock = { now: Date.now, sleep: (ms) => sleep(ms), random: () => 0 };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

export async function serve(handler: Handler, tls?: { key: string; cert: string }): Promise<ScriptedServer> {
  const server = await startServer(handler, tls);
  ends.push(() => server.close());
  return server;
}

export function connect(
  loadUrls: string[],
  config: Partial<SendConfig> = {},
  ownClock: Clock = clock,
): StarRocksConnection {
  const send = createSend(
    {
      loadUrls,
      credentials: async () => ({ username: 'root', password: 'secret' }),
      connectTimeoutMs: 2_000,
      waitForContinueMs: 10_000,
      redirectHosts: [],
      redirectMap: {},
      ...config,
    },
    ownClock,
  );
  ends.push(send.close);
  return send;
}

export function text(content: string): Body & { opened: number } {
  const bytes = Buffer.from(content);
  const body = {
    opened: 0,
    bytes: bytes.length,
    open() {
      body.opened += 1;
      return [bytes.subarray(0, 2), bytes.subarray(2)];
    },
  };
  return body;
}

export function call(more: Partial<StarRocksCall> = {}): StarRocksCall {
  const deadlineMs = Date.now() + 20_000;
  return { operation: 'stream_load', database: 'd', table: 't', label: 'l-1', body: text(row), deadlineMs, ...more };
}

/** Endless in practice: 64 MiB, more than all buffers between the two ends hold. */
export function huge(): Body & { chunks: number } {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const body = {
    chunks: 0,
    bytes: 1024 * chunk.length,
    *open() {
      for (; body.chunks < 1024; body.chunks += 1) yield chunk;
    },
  };
  return body;
}
