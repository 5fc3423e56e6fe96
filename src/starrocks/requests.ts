/**
 * The HTTP shape of each call: method, path and headers. Names come from messages, so nothing here trusts them.
 */

import { SinkError } from '../kit/errors.ts';
import type { Body, StarRocksCall, StarRocksOperation } from '../ports.ts';

export interface HttpShape {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** A frontend that is well answers at once: it redirects, or only looks up. Other calls may wait for a publish. */
  readonly isQuick?: true;
  /** Sent twice, it does no more than once. A second begin finds the label in use, and its transaction open. */
  readonly mayRepeat?: true;
}

const methods: Readonly<Record<StarRocksOperation, HttpShape['method']>> = {
  stream_load: 'PUT',
  begin: 'POST',
  load: 'PUT',
  prepare: 'POST',
  commit: 'POST',
  rollback: 'POST',
  get_load_state: 'GET',
};

const quick: ReadonlySet<StarRocksOperation> = new Set(['begin', 'rollback', 'get_load_state']);
const repeatable: ReadonlySet<StarRocksOperation> = new Set(['begin', 'commit', 'rollback', 'get_load_state']);

/**
 * @throws SinkError NAME_INVALID: database, table or label cannot be sent; OPTIONS_INVALID: a load header cannot
 * @source Stream Load reference §1 (paths), §6.2 (the transaction interface takes names as headers)
 */
export function shapeOf(call: StarRocksCall): HttpShape {
  refuseName('database', call.database);
  if (call.table !== undefined) refuseName('table', call.table);
  refuseName('label', call.label);
  return {
    method: methods[call.operation],
    path: pathOf(call),
    headers: headersOf(call),
    ...(call.body === undefined ? {} : { body: call.body }),
    ...(quick.has(call.operation) ? { isQuick: true } : {}),
    ...(repeatable.has(call.operation) ? { mayRepeat: true } : {}),
  };
}

function pathOf({ operation, database, table = '', label }: StarRocksCall): string {
  if (operation === 'stream_load') {
    return `/api/${encodeURIComponent(database)}/${encodeURIComponent(table)}/_stream_load`;
  }
  if (operation === 'get_load_state') {
    return `/api/${encodeURIComponent(database)}/get_load_state?label=${encodeURIComponent(label)}`;
  }
  return `/api/transaction/${operation}`;
}

function headersOf(call: StarRocksCall): Record<string, string> {
  if (call.operation === 'get_load_state') return {};
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers ?? {})) headers[name.toLowerCase()] = loadHeader(name, value);
  headers['label'] = call.label;
  if (call.operation === 'stream_load') return headers;
  headers['db'] = asHeader(call.database);
  if (call.table !== undefined) headers['table'] = asHeader(call.table);
  return headers;
}

/** What belongs to HTTP, or to this client, cannot be set from outside. */
const reserved = new Set(['authorization', 'connection', 'content-length', 'expect', 'host', 'transfer-encoding']);

function loadHeader(name: string, value: string): string {
  if (!/^[\w-]+$/.test(name) || reserved.has(name.toLowerCase())) {
    throw new SinkError('OPTIONS_INVALID', `${JSON.stringify(name)} is no Stream Load header.`);
  }
  if (hasControlCharacter(value)) {
    throw new SinkError(
      'OPTIONS_INVALID',
      `The header ${name} holds a control character; delimiters are written like \\x01.`,
    );
  }
  return asHeader(value);
}

/** StarRocks reads header bytes as UTF-8, and both HTTP clients write one byte per character. */
function asHeader(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}

function refuseName(what: string, name: string): void {
  if (name === '' || name === '.' || name === '..' || hasControlCharacter(name)) {
    throw new SinkError('NAME_INVALID', `The ${what} is ${name === '' ? 'empty' : JSON.stringify(name)}.`);
  }
}

function hasControlCharacter(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(value);
}
