import type { Clock } from '../kit/clock.ts';
import type { ConnectionPools } from './connection-pools.ts';
import type { ExchangeResult } from './exchange.ts';
import { exchangeWithFrontend } from './frontend-exchange.ts';
import { exchangeOverPool, type PooledRequest } from './pooled-exchange.ts';
import type { HttpShape } from './requests.ts';

/** How much longer than StarRocks' own `timeout` an answer is waited for. */
const answerMarginMs = 5_000;
/** A frontend that is silent for so long has fallen silent. */
const quickAnswerMs = 10_000;

export interface TransportConfig {
  readonly connectTimeoutMs: number;
  /** Without it, answers are waited for until the deadline. */
  readonly socketTimeoutMs?: number;
  readonly waitForContinueMs: number;
  /** How long a frontend may be silent that only has to redirect, or to look up; 10 s unless told. */
  readonly quickAnswerMs?: number;
  /** PEM; the only authority that is trusted, when given. */
  readonly ca?: string;
}

/** The connections of a process. What has no body goes over a kept one to frontends, too: they keep those, but for loads. */
export interface KeptConnections {
  readonly frontends: ConnectionPools;
  readonly backends: ConnectionPools;
}

/** Carries the requests of one call: fills in what they share. Throws only what a body throws. */
export interface Transport {
  toFrontend(url: URL, shape: HttpShape): Promise<ExchangeResult>;
  /** @in mostBytes: where the answer is cut */
  toBackend(url: URL, shape: HttpShape, mostBytes?: number): Promise<ExchangeResult>;
}

export interface CallTerms {
  /** The header's value; absent: no password is sent. */
  readonly authorization?: string;
  /** Epoch milliseconds, the end of the call. */
  readonly deadlineMs: number;
}

export function createTransport(
  config: TransportConfig,
  { frontends, backends }: KeptConnections,
  clock: Clock,
  { authorization, deadlineMs }: CallTerms,
): Transport {
  const timeLeftMs = (): number => Math.max(0, deadlineMs - clock.now());
  const requestOf = (url: URL, { method, headers, body }: HttpShape) => ({
    url,
    method,
    headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
    ...(body === undefined ? {} : { body }),
  });
  const overPool = async (
    pools: ConnectionPools,
    shape: HttpShape,
    request: Omit<PooledRequest, 'timeLeftMs'>,
  ): Promise<ExchangeResult> => {
    const { origin } = request.url;
    const ask = () => pools.use(origin, (pool) => exchangeOverPool(pool, { ...request, timeLeftMs: timeLeftMs() }));
    const result = await ask();
    if (result.kind === 'answered' || timeLeftMs() === 0) return result;
    // A kept connection may have died unseen. What was not sent, or may be sent twice, goes out again over a fresh one.
    const mayRepeat = result.connected && !result.silent && (!result.sent || shape.mayRepeat);
    if (!mayRepeat) return result;
    pools.renew(origin);
    const again = await ask();
    // What went out once may have arrived, whatever becomes of the second time.
    return again.kind === 'answered' ? again : { ...again, sent: again.sent || result.sent };
  };
  return {
    toFrontend(url, shape) {
      const ownMs = answerTimeoutMs(config, shape);
      const longestMs = shape.isQuick ? Math.min(ownMs, config.quickAnswerMs ?? quickAnswerMs) : ownMs;
      if (shape.body === undefined) {
        return overPool(frontends, shape, { ...requestOf(url, shape), answerTimeoutMs: longestMs });
      }
      return exchangeWithFrontend({
        ...requestOf(url, shape),
        ...(config.ca === undefined ? {} : { ca: config.ca }),
        limits: {
          connectTimeoutMs: config.connectTimeoutMs,
          waitForContinueMs: config.waitForContinueMs,
          answerTimeoutMs: longestMs,
          timeLeftMs: timeLeftMs(),
        },
      });
    },
    toBackend: (url, shape, mostBytes) =>
      overPool(backends, shape, {
        ...requestOf(url, shape),
        ...(mostBytes === undefined ? {} : { mostBytes }),
        answerTimeoutMs: answerTimeoutMs(config, shape),
      }),
  };
}

/** StarRocks may answer only when its own `timeout` has passed: with synchronous publish it waits that long. */
function answerTimeoutMs(config: TransportConfig, shape: HttpShape): number {
  if (config.socketTimeoutMs === undefined) return Number.POSITIVE_INFINITY;
  const serverTimeoutMs = 1_000 * Number(shape.headers['timeout'] ?? 0);
  return Math.max(config.socketTimeoutMs, serverTimeoutMs + answerMarginMs);
}
