import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../kit/clock.ts';
import type { ExchangeLimits, ExchangeRequest } from './exchange.ts';
import type { HttpShape } from './requests.ts';

/** Shorter than any server between here and a backend keeps an idle connection: libevent 50 s, AWS load balancers 60 s. */
const KEEP_ALIVE_MS = 20_000;
/** How much longer than StarRocks' own `timeout` an answer is waited for. */
const ANSWER_MARGIN_MS = 5_000;

export interface TransportConfig {
  readonly connectTimeoutMs: number;
  /** Without it, answers are waited for until the deadline. */
  readonly socketTimeoutMs?: number;
  readonly waitForContinueMs: number;
  /** PEM; the only authority that is trusted, when given. */
  readonly ca?: string;
}

/** Fills in what all requests of one call share. */
export interface Transport {
  request(shape: HttpShape, url: URL, authorization: string, onSilence: ExchangeLimits['onSilence']): ExchangeRequest;
  /** Connections that outlive a call, kept apart by origin. */
  keepAlive(url: URL): http.Agent;
}

export interface Connections {
  keepAlive(url: URL): http.Agent;
  close(): void;
}

export function createConnections(config: TransportConfig): Connections {
  const options = { keepAlive: true, timeout: KEEP_ALIVE_MS };
  const plain = new http.Agent(options);
  const secure = new https.Agent({ ...options, ...(config.ca === undefined ? {} : { ca: config.ca }) });
  return {
    keepAlive: (url) => (url.protocol === 'https:' ? secure : plain),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** @in deadlineMs: epoch milliseconds, the end of the call */
export function createTransport(
  config: TransportConfig,
  connections: Connections,
  clock: Clock,
  deadlineMs: number,
): Transport {
  return {
    keepAlive: connections.keepAlive,
    request: (shape, url, authorization, onSilence) => {
      const timeLeftMs = Math.max(0, deadlineMs - clock.now());
      return {
        url,
        method: shape.method,
        headers: { ...shape.headers, ...(authorization === '' ? {} : { authorization }) },
        ...(shape.body === undefined ? {} : { body: shape.body }),
        ...(config.ca === undefined ? {} : { ca: config.ca }),
        limits: {
          connectTimeoutMs: Math.min(config.connectTimeoutMs, timeLeftMs),
          waitForContinueMs: Math.min(config.waitForContinueMs, timeLeftMs),
          answerTimeoutMs: Math.min(answerTimeoutMs(config, shape), timeLeftMs),
          onSilence,
          timeLeftMs,
        },
      };
    },
  };
}

/** StarRocks may answer only when its own `timeout` has passed: with synchronous publish it waits that long. */
function answerTimeoutMs(config: TransportConfig, shape: HttpShape): number {
  if (config.socketTimeoutMs === undefined) return Number.POSITIVE_INFINITY;
  const serverTimeoutMs = 1_000 * Number(shape.headers['timeout'] ?? 0);
  return Math.max(config.socketTimeoutMs, serverTimeoutMs + ANSWER_MARGIN_MS);
}
