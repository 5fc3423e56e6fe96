/** Sends one recorded request and gives back the answer in the form of a recording. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type Connection, createConnection, type FieldPacket, type ResultSetHeader, Types } from 'mysql2/promise';
import type { RecordedRequest, RecordedResponse } from './recording.ts';
import type { ReplayTarget } from './target.ts';

/** The connections of one replay, by user: what a session sets stays set for its later statements. */
export interface Sessions {
  of(user: string): Promise<Connection>;
  close(): Promise<void>;
}

const passwordOf = (user: string) => (user === 'root' ? '' : 'secret');

/** mysql2 reads a greeting, and connects; character sets and dates come as text. */
const connectTo = (target: ReplayTarget, user: string, password: string, database?: string) =>
  createConnection({
    ...target.query,
    user,
    password,
    ...(database === undefined ? {} : { database }),
    typeCast: (field) => field.string(),
  });

export function openSessions(target: ReplayTarget): Sessions {
  const sessions = new Map<string, Promise<Connection>>();
  return {
    of(user) {
      const open = sessions.get(user);
      if (open !== undefined) return open;
      const session = connectTo(target, user, passwordOf(user));
      sessions.set(user, session);
      // A restart closes connections; the next statement comes over a new one.
      session
        .then((connection) => connection.on('error', () => sessions.delete(user)))
        .catch(() => sessions.delete(user));
      return session;
    },
    async close() {
      for (const session of sessions.values()) await session.then((one) => one.end()).catch(() => undefined);
    },
  };
}

export async function ask(
  target: ReplayTarget,
  sessions: Sessions,
  request: RecordedRequest,
): Promise<RecordedResponse> {
  if (request.raw !== undefined) return { raw: await askRaw(target, `${request.raw}\r\n\r\n`) };
  if (request.handshake) return { handshake: await readGreeting(target) };
  if (request.connect !== undefined) return tryToConnect(target, request.connect);
  if (request.sql !== undefined) return query(sessions, request.user ?? 'root', request.sql);
  return askHttp(request.to === 'backend' ? target.backend : target.frontend, request);
}

function askHttp(
  origin: string,
  { method = 'GET', path = '/', headers = [], body }: RecordedRequest,
): Promise<RecordedResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RecordedResponse>();
  const sent = Object.fromEntries(
    headers.map(([name, value]) => [name, name === 'authorization' ? authorization(value) : value]),
  );
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = httpRequest(`${origin}${path}`, { method, agent: false, headers: { ...length, ...sent } });
  const expects = sent['expect'] !== undefined;
  let saidContinue = false;
  outgoing.on('continue', () => {
    saidContinue = true;
    outgoing.end(body);
  });
  outgoing.on('response', (incoming) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('error', reject);
    incoming.on('end', () => {
      outgoing.destroy();
      const raw = incoming.rawHeaders;
      resolve({
        status: incoming.statusCode ?? 0,
        headers: raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : [])),
        body: Buffer.concat(pieces).toString(),
        ...(expects ? { saidContinue } : {}),
      });
    });
  });
  outgoing.on('error', reject);
  if (expects) outgoing.flushHeaders();
  else outgoing.end(body);
  return promise;
}

/** What stands behind a masked header. */
function authorization(masked: string): string {
  const [, user = '', kind = ''] = /^Basic \*\*\* \((\w+)(.*)\)$/.exec(masked) ?? [];
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  if (masked.endsWith('(not base64)')) return 'Basic %%%';
  if (kind === ' without colon') return basic(user);
  if (kind === ', with password') return basic(`${user}:${user === 'root' ? 'wrong' : 'secret'}`);
  return user === '' ? masked : basic(`${user}:`);
}

async function query(sessions: Sessions, user: string, sql: string): Promise<RecordedResponse> {
  try {
    const session = await sessions.of(user);
    const [rows, fields] = await session.query({ sql, rowsAsArray: true });
    if (!Array.isArray(rows)) {
      const { affectedRows, warningStatus, info } = rows as ResultSetHeader;
      return { ok: { affectedRows, warnings: warningStatus, info } };
    }
    return { columns: fields.map(columnOf), rows: rows as (string | null)[][] };
  } catch (error) {
    return { error: errorOf(error) };
  }
}

/** mysql2 has the names by number too; its types forget it. */
const typeNames: Readonly<Record<number, string>> = Types as never;

function columnOf(field: FieldPacket) {
  const {
    columnType = 0,
    characterSet = 0,
    decimals = 0,
    flags = 0,
  } = field as FieldPacket & { characterSet?: number };
  return {
    name: field.name,
    type: typeNames[columnType] ?? String(columnType),
    decimals,
    flags: Number(flags),
    charset: characterSet,
  };
}

function errorOf(error: unknown) {
  const { errno, sqlState, code, message } = error as {
    errno?: number;
    sqlState?: string;
    code?: string;
    message: string;
  };
  return {
    ...(errno === undefined ? {} : { errno }),
    ...(sqlState ? { sqlState: sqlState.replace('#', '') } : { code: code ?? '' }),
    message,
  };
}

async function tryToConnect(
  target: ReplayTarget,
  { user, password, database }: NonNullable<RecordedRequest['connect']>,
): Promise<RecordedResponse> {
  const given = password === 'none' ? '' : user === 'root' ? 'wrong' : 'secret';
  try {
    await (await connectTo(target, user, given, database)).end();
    return { ok: { affectedRows: 0, warnings: 0, info: '' } };
  } catch (error) {
    return { error: errorOf(error) };
  }
}

/** Everything that the server says until it closes. */
function askRaw(target: ReplayTarget, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { hostname, port } = new URL(target.frontend);
  const authorized = bytes.replace('\r\n\r\n', `\r\nAuthorization: ${authorization('Basic *** (root)')}\r\n\r\n`);
  const socket = connect(Number(port), hostname, () => socket.write(authorized));
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => {
    text += piece;
  });
  socket.on('close', () => resolve(text));
  socket.on('error', reject);
  return promise;
}

/** The first packet of the MySQL protocol, version 10. @source MySQL: Protocol::HandshakeV10 */
async function readGreeting({ query: { host, port } }: ReplayTarget): Promise<Record<string, unknown>> {
  const socket = connect(port, host);
  const [packet] = (await new Promise<Buffer[]>((resolve, reject) => {
    socket.once('data', (piece) => resolve([piece as Buffer]));
    socket.once('error', reject);
  })) as [Buffer];
  socket.destroy();
  const versionEnd = packet.indexOf(0, 5);
  const rest = packet.subarray(versionEnd + 1);
  // thread id 4, salt 8, filler 1, capabilities 2, character set 1, status 2, capabilities 2, …, plug-in name
  const capabilities = rest.readUInt16LE(13) + rest.readUInt16LE(18) * 65_536;
  const plugin = rest.subarray(rest.length - 22, rest.length - 1).toString();
  return {
    serverVersion: packet.subarray(5, versionEnd).toString(),
    protocolVersion: packet[4],
    authPlugin: plugin,
    characterSet: rest[15],
    capabilities: `0x${capabilities.toString(16)}`,
    statusFlags: rest.readUInt16LE(16),
  };
}
