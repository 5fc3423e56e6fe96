import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The server said `100 Continue`. */
  readonly continued: boolean;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One request on a connection of its own. With `expect: 100-continue` the body waits for the server's word. */
export function send(url: string, { method = 'GET', headers = {}, body = '' }: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const length = headers['content-length'] ?? String(Buffer.byteLength(body));
    const outgoing = request(url, { method, agent: false, headers: { 'content-length': length, ...headers } });
    outgoing.on('continue', () => {
      continued = true;
      outgoing.end(body);
    });
    outgoing.on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => {
        outgoing.destroy();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, continued });
      });
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    if (headers['expect'] === undefined) outgoing.end(body);
    else outgoing.flushHeaders();
  });
}

/** Sends bytes as they are and gives back all that came until the server closed. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
