/**
 * Who may ask. The console has no password: it listens on 127.0.0.1, and answers only its own page. A page of somebody else, open
 * in the same browser, reaches 127.0.0.1 too: under a name of its own (DNS rebinding), or across sites.
 */
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly error: string;
}

/** Of a request: what can be said before its body is read. */
type Asked = Pick<IncomingMessage, 'method' | 'headers'>;

/** Why a request is not answered; undefined: it is. */
export function refusalOf({ method = '', headers }: Asked, port: number): Refusal | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(host.toLowerCase()))
    return {
      status: 403,
      error: `The request names another host: expected is 127.0.0.1:${port} or localhost:${port}.`,
    };
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return { status: 403, error: 'The request comes from a page of somebody else. Type the address of the console.' };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, error: 'The request has another origin than the console.' };
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return { status: 405, error: 'Only GET and POST are answered.' };
  if (origin === undefined) return { status: 403, error: `POST needs the header Origin: http://${host}.` };
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json')
    return { status: 415, error: 'POST needs the content type application/json.' };
  return undefined;
}

/** Nothing comes from elsewhere, nothing goes elsewhere, and nobody frames it. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
