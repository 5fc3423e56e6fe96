import { randomUUID } from 'node:crypto';
import { type Reply, type Sent, send } from './http-client.ts';

export interface Target {
  /** http://host:port of a frontend. */
  readonly fe: string;
  readonly database: string;
  readonly authorization: string;
  /** Rows of a table, as text. */
  rows(table: string): Promise<string[]>;
  close(): Promise<void>;
}

let count = 0;
/** A label nobody used. */
export function newLabel(): string {
  count += 1;
  return `contract-${randomUUID()}-${count}`;
}

/** What a BE or FE said, with its JSON. */
export interface Said extends Reply {
  readonly json: Record<string, unknown>;
  /** Where the frontend sent the call to; absent when it answered itself. */
  readonly location?: string;
}

export function said(reply: Reply): Said {
  return { ...reply, json: reply.text === '' ? {} : (JSON.parse(reply.text) as Record<string, unknown>) };
}

/** Asks the frontend with no body, then sends everything to where it points, at most three times. */
export async function follow(target: Target, path: string, sent: Sent): Promise<Said> {
  const headers = { authorization: target.authorization, ...sent.headers };
  const expecting = { ...headers, expect: '100-continue' };
  let url = `${target.fe}${path}`;
  let location: string | undefined;
  for (let hop = 0; hop < 3; hop += 1) {
    const probe =
      hop === 0 ? { ...sent, body: '', headers: expecting } : { ...sent, headers: sent.body ? expecting : headers };
    const reply = await send(url, probe);
    if (reply.status !== 307) return { ...said(reply), ...(location === undefined ? {} : { location }) };
    location = reply.headers.location ?? '';
    url = location;
  }
  throw new Error('too many redirects');
}

/** A plain load. */
export function put(
  target: Target,
  table: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): Promise<Said> {
  return follow(target, `/api/${target.database}/${table}/_stream_load`, { method: 'PUT', headers, body });
}

export interface TransactionSent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly table?: string;
}

/** A transaction call. */
export function transact(target: Target, operation: string, label: string, sent: TransactionSent = {}): Promise<Said> {
  const { table = 'items', headers = {}, body = '' } = sent;
  return follow(target, `/api/transaction/${operation}`, {
    method: operation === 'load' ? 'PUT' : 'POST',
    headers: { db: target.database, table, label, ...headers },
    body,
  });
}

export async function labelState(target: Target, label: string): Promise<unknown> {
  const { json } = await follow(target, `/api/${target.database}/get_load_state?label=${label}`, { method: 'GET' });
  return json['state'];
}
