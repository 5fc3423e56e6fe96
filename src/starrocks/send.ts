import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { SendToStarRocks } from '../ports.ts';
import { askBackend, followRedirects } from './backend.ts';
import { createConnectionPools } from './connection-pools.ts';
import { askFrontend } from './frontend.ts';
import { createHostMemory } from './hosts.ts';
import { createRedirectRule, type RedirectConfig } from './redirects.ts';
import { shapeOf } from './requests.ts';
import { createTransport, type KeptConnections, type TransportConfig } from './transport.ts';

/** More than a process loads at once. */
const connectionsPerBackend = 4;
/** As many as the sweep commits at once. */
const connectionsPerFrontend = 8;

const errorLogBytes = 8 * 1024;
/** It only helps: rows that are bad are found without it. */
const errorLogMs = 2_000;

/** `loadUrls` are `http(s)://host:port` of frontends; times are milliseconds. */
export interface SendConfig extends RedirectConfig, TransportConfig {
  /** Asked before every call: whoever caches them also forgets them when access is denied. */
  readonly credentials: (deadlineMs: number) => Promise<{ readonly username: string; readonly password: string }>;
}

/** Reads the file behind ErrorURL: at most 8 KiB, undefined when it cannot be had within two seconds. Raw: it holds row data. */
export type FetchErrorLog = (url: string, deadlineMs: number) => Promise<string | undefined>;

export type SendWithErrorLog = SendToStarRocks & { readonly fetchErrorLog?: FetchErrorLog };

export type StarRocksConnection = SendWithErrorLog & {
  readonly fetchErrorLog: FetchErrorLog;
  /** Loads what the first call will need: to be called while something else is waited for. */
  prepare(): void;
  /** Ends the connections that are kept for later. */
  close(): void;
};

/**
 * Makes the way to StarRocks: frontend, redirects, backend. Keep it for the life of the process: it remembers which
 * frontends failed, and keeps connections.
 *
 * @throws SinkError OPTIONS_INVALID: sink.redirect.map cannot be read
 */
export function createSend(config: SendConfig, clock: Clock): StarRocksConnection {
  const resolve = createRedirectRule(config);
  const memory = createHostMemory(config.loadUrls, clock);
  const kept: KeptConnections = {
    frontends: createConnectionPools({ ...config, connections: connectionsPerFrontend }, clock),
    backends: createConnectionPools({ ...config, connections: connectionsPerBackend }, clock),
  };

  const send: SendToStarRocks = async (call) => {
    const shape = shapeOf(call);
    if (clock.now() >= call.deadlineMs) throw new SinkError('DEADLINE_NEAR', `${call.operation} was not begun.`);
    kept.backends.prepare();
    const { username, password } = await config.credentials(call.deadlineMs);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
    const transport = createTransport(config, kept, clock, { authorization, deadlineMs: call.deadlineMs });
    const first = await (call.backend === undefined
      ? askFrontend(shape, memory, transport)
      : askBackend(call.backend, shape, memory, transport));
    const { answer, url } = await followRedirects(first, shape, resolve, memory, transport);
    const { status, text } = answer;
    return { status, text, user: username, ...(memory.isFrontend(url.origin) ? {} : { backend: url.origin }) };
  };

  const fetchErrorLog: FetchErrorLog = async (url, deadlineMs) => {
    const [origin] = config.loadUrls;
    const redirect = resolve(url, new URL(origin ?? url));
    if (!redirect.allowed || clock.now() >= deadlineMs) return undefined;
    const untilMs = Math.min(deadlineMs, clock.now() + errorLogMs);
    const transport = createTransport(config, kept, clock, { deadlineMs: untilMs });
    const path = `${redirect.url.pathname}${redirect.url.search}`;
    const result = await transport.toBackend(
      redirect.url,
      { method: 'GET', path, headers: {}, mayRepeat: true },
      errorLogBytes,
    );
    return result.kind === 'answered' && result.status === 200 ? result.text : undefined;
  };

  const close = () => {
    kept.frontends.close();
    kept.backends.close();
  };
  return Object.assign(send, { fetchErrorLog, prepare: kept.backends.prepare, close });
}
