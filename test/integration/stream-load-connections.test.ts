import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Body, StarRocksOperation } from '../../src/ports.ts';
import { createBackendConnector } from '../../src/starrocks/backend-connector.ts';
import { keepAliveMs } from '../../src/starrocks/connection-pools.ts';
import type { StarRocksConnection } from '../../src/starrocks/send.ts';
import { call, clock, connect, row, serve, success } from './client-fixture.ts';
import { answer, backend, frontend, type Handler, type ScriptedServer } from './scripted-server.ts';

async function behindFrontend(
  handler: Handler,
  ownClock = clock,
): Promise<{ be: ScriptedServer; send: StarRocksConnection }> {
  const be = await serve(handler);
  const fe = await serve(frontend(() => be.origin));
  return { be, send: connect([fe.origin], {}, ownClock) };
}

const neverEnding = new Promise<never>(() => undefined);

/** What happens each time the body is opened, before its first byte. */
function bodyAfter(...happenings: readonly (() => Promise<unknown>)[]): Body & { opened: number } {
  const body = {
    opened: 0,
    bytes: row.length,
    async *open() {
      body.opened += 1;
      await happenings[body.opened - 1]?.();
      yield Buffer.from(row);
    },
  };
  return body;
}

describe('a connection to a backend', () => {
  it('is kept for all loads that follow each other', async () => {
    const { be, send } = await behindFrontend(backend(() => success));
    for (let time = 0; time < 50; time += 1) await send(call());
    expect(be.seen).toHaveLength(50);
    expect(be.sockets).toHaveLength(1);
  });

  it('is one of four at most', async () => {
    const gate = Promise.withResolvers<void>();
    const { be, send } = await behindFrontend(async (_, response) => {
      await gate.promise;
      answer(response, success);
    });
    const loads = Array.from({ length: 8 }, () => send(call()));
    await be.accepted(4);
    gate.resolve();
    await Promise.all(loads);
    expect(be.seen).toHaveLength(8);
    expect(be.sockets).toHaveLength(4);
  });

  it('that does not come before the deadline takes nothing, then or later', async () => {
    const gate = Promise.withResolvers<void>();
    const { be, send } = await behindFrontend(async (_, response) => {
      await gate.promise;
      answer(response, success);
    });
    const loads = Array.from({ length: 4 }, () => send(call()));
    await be.accepted(4);
    const body = bodyAfter();
    const failure = send(call({ body, deadlineMs: Date.now() + 300 }));
    await expect(failure).rejects.toMatchObject({ code: 'BACKEND_UNREACHABLE' });
    await expect(failure).rejects.toThrow('no connection before the deadline');
    gate.resolve();
    await Promise.all(loads);
    await send(call());
    expect(be.seen).toHaveLength(5);
    expect(body.opened).toBe(0);
  });

  it('that the backend closes after every answer is replaced without a word', async () => {
    const { be, send } = await behindFrontend(async (request, response, seen) => {
      response.once('finish', () => request.socket.end());
      await backend(() => success)(request, response, seen);
    });
    for (let time = 0; time < 20; time += 1) await send(call());
    expect(be.seen.map((seen) => seen.body)).toEqual(Array(20).fill(row));
    expect(be.sockets).toHaveLength(20);
  });

  it('that was idle for long is not trusted, although no timer ran: the process may have been frozen', async () => {
    let frozenMs = 0;
    const own = { ...clock, now: () => Date.now() + frozenMs };
    const { be, send } = await behindFrontend(
      backend(() => success),
      own,
    );
    const load = () => send(call({ deadlineMs: own.now() + 20_000 }));
    await load();
    frozenMs += keepAliveMs / 2;
    await load();
    expect(be.sockets).toHaveLength(1);
    frozenMs += keepAliveMs;
    const closed = once(be.sockets[0]!, 'close');
    await load();
    expect(be.sockets).toHaveLength(2);
    await closed;
  });

  it('in use serves to its end, however far the clock jumps', async () => {
    let frozenMs = 0;
    const own = { ...clock, now: () => Date.now() + frozenMs };
    const gate = Promise.withResolvers<void>();
    const { be, send } = await behindFrontend(async (_, response) => {
      if (be.seen.length === 1) await gate.promise;
      answer(response, success);
    }, own);
    const long = send(call());
    await be.accepted(1);
    frozenMs += 2 * keepAliveMs;
    await send(call({ deadlineMs: own.now() + 20_000 }));
    gate.resolve();
    expect((await long).status).toBe(200);
  });

  it('that dies before the body begins is replaced once, and the body is opened again', async () => {
    const { be, send } = await behindFrontend(backend(() => success));
    await send(call());
    const openedAgain = Promise.withResolvers<void>();
    const body = bodyAfter(
      async () => {
        be.sockets[0]?.destroy();
        await openedAgain.promise;
      },
      async () => openedAgain.resolve(),
    );
    expect((await send(call({ body }))).status).toBe(200);
    expect(body.opened).toBe(2);
    expect(be.seen.map((seen) => seen.body)).toEqual([row, row]);
  });

  it('that dies twice before the body begins has carried nothing', async () => {
    const { be, send } = await behindFrontend(backend(() => success));
    const die = (count: number) => async () => {
      await be.accepted(count);
      be.sockets[count - 1]?.destroy();
      await neverEnding;
    };
    const body = bodyAfter(die(1), die(2));
    await expect(send(call({ body }))).rejects.toMatchObject({ code: 'BACKEND_UNREACHABLE' });
    expect(body.opened).toBe(2);
    expect(be.seen).toHaveLength(0);
  });

  it('over which no body comes before the deadline has carried nothing', async () => {
    const { be, send } = await behindFrontend(backend(() => success));
    const body = bodyAfter(() => neverEnding);
    const failure = send(call({ body, deadlineMs: Date.now() + 300 }));
    await expect(failure).rejects.toMatchObject({ code: 'BACKEND_UNREACHABLE' });
    await expect(failure).rejects.toThrow('no body before the deadline');
    expect(be.seen).toHaveLength(0);
  });

  it('that dies over a question is replaced, and the question is put again', async () => {
    const { be, send } = await behindFrontend((request, response) => {
      if (be.seen.length === 1) request.socket.destroy();
      else answer(response, 'the log');
    });
    expect(await send.fetchErrorLog(`${be.origin}/api/_load_error_log?file=f`, Date.now() + 20_000)).toBe('the log');
  });
});

describe('a connection to a frontend', () => {
  const ask = (send: StarRocksConnection, operation: StarRocksOperation) =>
    send({ operation, database: 'd', label: 'l-1', deadlineMs: Date.now() + 20_000 });

  it('is kept for all that has no body, and a load has one of its own', async () => {
    const fe = await serve((_, response) => answer(response, success));
    const send = connect([fe.origin]);
    for (const operation of ['begin', 'prepare', 'commit', 'rollback', 'get_load_state'] as const) {
      await ask(send, operation);
    }
    expect(fe.sockets).toHaveLength(1);
    await send(call());
    await ask(send, 'begin');
    expect(fe.sockets).toHaveLength(2);
    expect(fe.seen).toHaveLength(7);
  });

  it('that the frontend closes after every answer is replaced without a word', async () => {
    const fe = await serve((_, response) => {
      response.setHeader('connection', 'close');
      answer(response, success);
    });
    const send = connect([fe.origin]);
    for (let time = 0; time < 10; time += 1) expect((await ask(send, 'prepare')).status).toBe(200);
    expect(fe.sockets).toHaveLength(10);
    expect(fe.seen).toHaveLength(10);
  });

  const dying = () =>
    serve((request, response, { socket }) => {
      // The second request over the first connection: the process was frozen, and the other end is gone.
      if (socket.bytesWritten > 0) request.socket.destroy();
      else answer(response, success);
    });

  it.each(['begin', 'commit', 'rollback', 'get_load_state'] as const)(
    'that died unseen is replaced, and %s sent again',
    async (operation) => {
      const fe = await dying();
      const send = connect([fe.origin]);
      await ask(send, 'get_load_state');
      expect((await ask(send, operation)).status).toBe(200);
      expect(fe.seen).toHaveLength(3);
      expect(fe.sockets).toHaveLength(2);
    },
  );

  it('that died unseen leaves open what became of a prepare, which is not sent again', async () => {
    const fe = await dying();
    const send = connect([fe.origin]);
    await ask(send, 'get_load_state');
    await expect(ask(send, 'prepare')).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    expect(fe.seen).toHaveLength(2);
  });

  it('over which nothing comes is not asked twice', async () => {
    const fe = await serve(() => undefined);
    const send = connect([fe.origin], { quickAnswerMs: 50 });
    await expect(ask(send, 'rollback')).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    expect(fe.seen).toHaveLength(1);
  });
});

it('hears an answer that is there when a write fails', async () => {
  const server = createServer();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = await new Promise<Socket>((resolve, reject) => {
    const target = { protocol: 'http:', hostname: '127.0.0.1', port: String(port) };
    createBackendConnector({})(target, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  });
  const [peer] = await accepted;
  const pieces: Buffer[] = [];
  client.on('data', (piece) => pieces.push(piece));
  // In one turn of the event loop: the answer is not read yet when the write meets the closed connection.
  peer.write('the answer');
  peer.resetAndDestroy();
  client.write('more of the body');
  await once(client, 'end');
  client.destroy();
  expect(Buffer.concat(pieces).toString()).toBe('the answer');
  server.close();
});

it('streams 100 MB, no faster than they are taken', async () => {
  const pieceBytes = 64 * 1024;
  const pieces = 1_600;
  let [given, taken, mostBetween] = [0, 0, 0];
  const be = await serve((request, response) => {
    request.removeAllListeners('data');
    request.on('data', (chunk: Buffer) => {
      taken += chunk.length;
    });
    request.on('end', () => answer(response, success));
  });
  const fe = await serve(frontend(() => be.origin));
  const body: Body = {
    bytes: pieces * pieceBytes,
    async *open() {
      for (let piece = 0; piece < pieces; piece += 1) {
        given += pieceBytes;
        mostBetween = Math.max(mostBetween, given - taken);
        yield Buffer.alloc(pieceBytes, piece);
      }
    },
  };
  expect((await connect([fe.origin])(call({ body }))).status).toBe(200);
  expect(taken).toBe(body.bytes);
  // What the two sockets hold.
  expect(mostBetween).toBeLessThan(16 * 1024 ** 2);
});
