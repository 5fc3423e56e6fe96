/**
 * A TCP proxy on 127.0.0.1 that does to connections what networks do: bytes come late, or nothing comes for a long time, or the
 * connection is reset, or cut in the middle, or closed late. After a number of bytes that chance decides, one of these happens
 * to a connection; what it survives is followed by the next.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const tcpFaults = ['latency', 'stall', 'reset', 'cut', 'slow close'] as const;
export type TcpFault = (typeof tcpFaults)[number];

export interface FaultProxy extends AsyncDisposable {
  /** host:port that clients connect to. */
  readonly address: string;
  readonly struck: Readonly<Record<TcpFault, number>>;
  /** From now on nothing happens to any connection. */
  calm(): void;
  /** Ends every connection that is open, without a word. @out how many there were */
  cutAll(): number;
}

export interface FaultProxyOptions {
  /** host:port of the server. */
  readonly target: string;
  readonly random: () => number;
  /** Bytes between two faults of one connection and direction, on the average. */
  readonly bytesBetween: number;
  readonly longestLatencyMs: number;
  readonly longestStallMs: number;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const url = new URL(`tcp://${options.target}`);
  const sockets = new Set<Socket>();
  const struck = { latency: 0, stall: 0, reset: 0, cut: 0, 'slow close': 0 };
  const network: Network = { ...options, struck, isCalm: false };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // A reset is an error for the other side, and here only the end of a connection.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ host: url.hostname, port: Number(url.port), allowHalfOpen: true, noDelay: true });
    for (const socket of [client, upstream]) keep(socket);
    void carry(client, upstream, network);
    void carry(upstream, client, network);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    struck,
    calm: () => {
      network.isCalm = true;
    },
    cutAll() {
      const ended = [...sockets];
      for (const socket of ended) socket.destroy();
      return ended.length / 2;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Network extends FaultProxyOptions {
  readonly struck: Record<TcpFault, number>;
  isCalm: boolean;
}

/** Carries the bytes of one direction; when it has ended in whatever way, so has the connection. */
async function carry(from: Socket, to: Socket, network: Network): Promise<void> {
  const { random, bytesBetween } = network;
  const draw = () => -Math.log(1 - random()) * bytesBetween;
  let left = draw();
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      left -= chunk.length;
      if (network.isCalm || left > 0) {
        await write(to, chunk);
        continue;
      }
      left = draw();
      if (!(await strike(chunk, { from, to }, network))) return;
    }
    if (!network.isCalm && random() < 0.1) {
      network.struck['slow close'] += 1;
      await delay(random() * network.longestLatencyMs * 4);
    }
    to.end();
  } catch {
    to.destroy();
  }
}

/** @out  whether the connection goes on */
async function strike(
  chunk: Buffer,
  { from, to }: { readonly from: Socket; readonly to: Socket },
  network: Network,
): Promise<boolean> {
  const { random, struck, longestLatencyMs, longestStallMs } = network;
  const drawn = random();
  // What ends a connection is rarer than what delays it, or no large body would ever arrive.
  const fault = drawn < 0.6 ? 'latency' : drawn < 0.75 ? 'stall' : drawn < 0.88 ? 'reset' : 'cut';
  struck[fault] += 1;
  const part = chunk.subarray(0, Math.floor(random() * chunk.length));
  switch (fault) {
    case 'latency':
    case 'stall':
      await write(to, part);
      await delay(random() * (fault === 'stall' ? longestStallMs : longestLatencyMs));
      await write(to, chunk.subarray(part.length));
      return true;
    case 'reset':
      await write(to, part);
      to.resetAndDestroy();
      from.resetAndDestroy();
      return false;
    case 'cut':
      to.end(part);
      from.destroy();
      return false;
  }
}

/** @throws Error when the other side is gone, which nobody else would notice while it is waited for */
async function write(to: Socket, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    to.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
