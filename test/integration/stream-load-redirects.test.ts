import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Body } from '../../src/ports.ts';
import type { SendConfig, StarRocksConnection } from '../../src/starrocks/send.ts';
import { call, connect, huge, row, serve, success } from './client-fixture.ts';
import {
  answer,
  backend,
  deadOrigin,
  frontend,
  type Handler,
  redirect,
  type ScriptedServer,
} from './scripted-server.ts';

describe('a redirect', () => {
  it('to a foreign host is refused, and the password stays', async () => {
    const fe = await serve((_, response) => redirect(response, 'http://be.example.com:8040/x'));
    const failure = connect([fe.origin])(call());
    await expect(failure).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
    await expect(failure).rejects.toThrow('be.example.com:8040');
    await expect(failure).rejects.not.toThrow('secret');
  });

  it.each([
    ['in a cluster with public addresses', 'http://fe.example.com:8030'],
    ['to where a cloud keeps its credentials', undefined],
  ])('is not followed for an error log either, %s', async (_, publicFe) => {
    const elsewhere = await serve((_request, response) => answer(response, 'not for us'));
    const fe = await serve((_request, response) => answer(response, success));
    const log = publicFe === undefined ? 'http://169.254.169.254/latest/meta-data' : `${elsewhere.origin}/log`;
    const { fetchErrorLog } = connect([publicFe ?? fe.origin]);
    expect(await fetchErrorLog(log, Date.now() + 20_000)).toBeUndefined();
    expect(elsewhere.seen).toHaveLength(0);
  });

  it('without a Location is refused', async () => {
    const fe = await serve((_, response) => void response.writeHead(307).end());
    await expect(connect([fe.origin])(call())).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
  });

  it('is followed three times, not four', async () => {
    const loop = await serve((request, response) => redirect(response, `${loop.origin}${request.url}`));
    await expect(connect([loop.origin])(call())).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(loop.seen).toHaveLength(4);
  });

  it('to a backend that cannot be reached names the address and the remedy', async () => {
    const dead = await deadOrigin();
    const fe = await serve(frontend(() => dead));
    const failure = connect([fe.origin])(call());
    await expect(failure).rejects.toMatchObject({ code: 'BACKEND_UNREACHABLE' });
    await expect(failure).rejects.toThrow(new URL(dead).host);
    await expect(failure).rejects.toThrow('sink.redirect.map');
  });

  it.each([
    ['订单', '/api/%E8%AE%A2/%E8%AE%A2%E5%8D%95/_stream_load'],
    ['my orders', '/api/%E8%AE%A2/my%20orders/_stream_load'],
    ['50%', '/api/%E8%AE%A2/50%25/_stream_load'],
    ['a%2Fb', '/api/%E8%AE%A2/a%252Fb/_stream_load'],
    ['a#b?c&d+e', '/api/%E8%AE%A2/a%23b%3Fc%26d%2Be/_stream_load'],
  ])(
    'leads to host and port only: the table %s keeps its path, however the frontend writes it',
    async (table, path) => {
      const be = await serve(backend(() => success));
      const garbled = `/api/??/${encodeURI('?? %41')}/_stream_load?token=x`;
      const fe = await serve(async (_, response) => redirect(response, `${be.origin}${garbled}`));
      await connect([fe.origin])(call({ database: '订', table }));
      expect([fe.seen[0]?.path, be.seen[0]?.path]).toEqual([path, path]);
      expect(be.seen[0]?.body).toBe(row);
    },
  );

  it('to an address of inside the cluster follows the map', async () => {
    const be = await serve(backend(() => success));
    const fe = await serve(frontend(() => 'http://be-0.be.svc:8040'));
    await connect([fe.origin], { redirectMap: { 'be-0.be.svc:8040': be.host } })(call());
    expect(be.seen[0]?.body).toBe(row);
  });
});

describe('a backend', () => {
  async function behindFrontend(
    handler: Handler,
    config: Partial<SendConfig> = {},
  ): Promise<{ be: ScriptedServer; send: StarRocksConnection }> {
    const be = await serve(handler);
    const fe = await serve(frontend(() => be.origin));
    return { be, send: connect([fe.origin], config) };
  }

  it('gets the body without Expect, which undici cannot send', async () => {
    const { be, send } = await behindFrontend(backend(() => success));
    await send(call());
    expect(be.seen[0]?.headers.expect).toBeUndefined();
    expect(be.seen[0]?.body).toBe(row);
  });

  it.each<[string, Handler]>([
    ['lets the connection stand', () => undefined],
    ['closes', (_, response) => void response.setHeader('connection', 'close')],
    ['resets', ({ socket }, response) => void response.once('finish', () => socket.resetAndDestroy())],
  ])('that refuses on the headers, and %s, is heard before the body is gone', async (_, prepare) => {
    const { send } = await behindFrontend((request, response, seen) => {
      request.pause();
      void prepare(request, response, seen);
      answer(response, { Status: 'Fail', Message: 'unknown table' });
    });
    // Whether the answer or the failure of a write is met first is chance.
    for (let time = 0; time < 30; time += 1) {
      const body = huge();
      expect((await send(call({ body }))).text).toContain('unknown table');
      expect(body.chunks).toBeLessThan(1024);
    }
  });

  it('that answers in the middle of the body is heard', async () => {
    const { send } = await behindFrontend(async (request, response) => {
      await once(request, 'data');
      request.pause();
      answer(response, { Status: 'Fail', Message: 'too many versions' });
    });
    const body = huge();
    expect((await send(call({ body }))).text).toContain('too many versions');
    expect(body.chunks).toBeLessThan(1024);
  });

  it('that dies in the middle of the body leaves the outcome open', async () => {
    const { send } = await behindFrontend(async (request) => {
      await once(request, 'data');
      request.socket.destroy();
    });
    await expect(send(call({ body: huge() }))).rejects.toMatchObject({ code: 'ANSWER_LOST' });
  });

  it('that dies when the request is there leaves the outcome open, and is not asked again', async () => {
    const { be, send } = await behindFrontend((request) => void request.socket.destroy());
    await expect(send(call())).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    expect(be.seen).toHaveLength(1);
  });

  it('that dies when a command is there leaves the outcome open, and is not asked again', async () => {
    const { be, send } = await behindFrontend((request) => void request.socket.destroy());
    const { body: _, ...prepare } = call({ operation: 'prepare' });
    await expect(send(prepare)).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    expect(be.seen).toHaveLength(1);
  });

  it('that cuts its answer short leaves the outcome open', async () => {
    const { send } = await behindFrontend(async (request, response) => {
      await once(request, 'end');
      response.writeHead(200, { 'content-length': '100' }).write('{"Status":', () => request.socket.destroy());
    });
    await expect(send(call())).rejects.toMatchObject({ code: 'ANSWER_LOST' });
  });

  it('whose answer never ends leaves the outcome open', async () => {
    const { send } = await behindFrontend((_, response) => {
      response.on('drain', () => response.write(' '.repeat(64 * 1024)));
      response.write(' '.repeat(64 * 1024));
    });
    await expect(send(call())).rejects.toMatchObject({ code: 'ANSWER_LOST' });
  });

  it('that does not answer before the deadline leaves the outcome open, and is cut off', async () => {
    const { be, send } = await behindFrontend(() => undefined);
    await expect(send(call({ deadlineMs: Date.now() + 300 }))).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    await once(be.sockets[0]!, 'close');
  });

  it('that is silent for longer than sink.socket.timeout-ms leaves the outcome open', async () => {
    const { send } = await behindFrontend(() => undefined, { socketTimeoutMs: 50 });
    // StarRocks may take its own timeout and 5 seconds more; here that makes nothing.
    const failure = send(call({ headers: { timeout: '-5' } }));
    await expect(failure).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    await expect(failure).rejects.toThrow('Headers Timeout');
  });

  it('gets nothing whole when the body cannot be read to its end', async () => {
    const closed = Promise.withResolvers<boolean>();
    const { send } = await behindFrontend((request) => {
      request.once('close', () => closed.resolve(request.complete));
    });
    const broken: Body = {
      bytes: 10,
      async *open() {
        yield Buffer.from('[');
        throw new Error('segment gone');
      },
    };
    await expect(send(call({ body: broken }))).rejects.toThrow('segment gone');
    expect(await closed.promise).toBe(false);
  });

  it.each([row.length - 1, row.length + 1])('gets nothing whole when %i bytes were announced', async (bytes) => {
    const { send } = await behindFrontend(backend(() => success));
    await expect(send(call({ body: { bytes, open: () => [Buffer.from(row)] } }))).rejects.toThrow('length');
  });
});

describe('TLS', () => {
  const tls = {
    key: readFileSync(new URL('../fixtures/tls/key.pem', import.meta.url), 'utf8'),
    cert: readFileSync(new URL('../fixtures/tls/cert.pem', import.meta.url), 'utf8'),
  };

  it('is verified against the given authority on both legs', async () => {
    const be = await serve(
      backend(() => success),
      tls,
    );
    const fe = await serve(
      frontend(() => be.origin),
      tls,
    );
    const send = connect([fe.origin], { ca: tls.cert });
    await send(call());
    expect((await send(call())).status).toBe(200);
    await expect(connect([fe.origin])(call())).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
  });

  it('is verified for commands, too, which go over kept connections', async () => {
    const fe = await serve((_, response) => answer(response, success), tls);
    const { body: _, ...command } = call({ operation: 'commit' });
    const ask = (config: Parameters<typeof connect>[1]) => connect([fe.origin], config)(command);
    expect((await ask({ ca: tls.cert })).status).toBe(200);
    await expect(ask({})).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
    expect(fe.seen).toHaveLength(1);
  });

  it('is not given up by a redirect', async () => {
    const be = await serve(backend(() => success));
    const fe = await serve(
      frontend(() => be.origin),
      tls,
    );
    await expect(connect([fe.origin], { ca: tls.cert })(call())).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
    expect(be.seen).toHaveLength(0);
  });
});
