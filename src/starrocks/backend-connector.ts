import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import createConnector from 'undici/lib/core/connect.js';
import { tellWritten } from './written-pieces.ts';

/**
 * Makes connections that hear a server out.
 *
 * A server that refuses on the headers answers and closes while the body is still being written to it. When that write
 * fails, Node drops the connection together with the answer that waits in it. Here such a failure is kept quiet: reading
 * goes on, and comes to the answer, or else to the end of the connection, which is failure enough.
 */
export function createBackendConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = createConnector(options);
  return (target, callback) =>
    connect(target, (...[error, socket]: buildConnector.CallbackArgs) => {
      if (error === null) hearOut(socket);
      callback(...([error, socket] as buildConnector.CallbackArgs));
    });
}

type Written = (error?: Error | null) => void;

function hearOut(socket: Socket): void {
  const heardOut =
    (written: Written, pieces: readonly Uint8Array[]): Written =>
    (error) => {
      if (error == null) pieces.forEach(tellWritten);
      if (error == null || !isClosedByPeer(error)) written(error);
    };
  const { _write: write, _writev: writev } = socket;
  socket._write = (piece, encoding, written) => write.call(socket, piece, encoding, heardOut(written, [piece]));
  socket._writev = (pieces, written) => {
    const chunks = pieces.map(({ chunk }) => chunk);
    writev?.call(socket, pieces, heardOut(written, chunks));
  };
}

function isClosedByPeer(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}
