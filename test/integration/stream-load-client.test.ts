import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/kit/clock.ts';
import { createStarRocks } from '../../src/starrocks/stream-load.ts';
import { call, clock, connect, row, serve, success, text } from './client-fixture.ts';
import { answer, backend, deadOrigin, frontend, redirect } from './scripted-server.ts';

describe('the usual way', () => {
  it('asks the frontend with the headers only, and gives the body to the backend', async () => {
    const be = await serve(backend(() => success));
    const fe = await serve(frontend(() => be.origin));
    const reply = await connect([fe.origin])(call({ headers: { format: 'json', columns: '`straße`,`価格`' } }));
    expect(JSON.parse(reply.text)).toEqual(success);
    expect(fe.seen.map((seen) => seen.body)).toEqual(['']);
    expect(be.seen).toHaveLength(1);
    const { method, path, headers, body } = be.seen[0]!;
    expect([method, path, body]).toEqual(['PUT', '/api/d/t/_stream_load', row]);
    expect(headers).toMatchObject({
      authorization: `Basic ${Buffer.from('root:secret').toString('base64')}`,
      label: 'l-1',
      format: 'json',
      'content-length': String(row.length),
    });
    expect(Buffer.from(headers['columns'] as string, 'latin1').toString('utf8')).toBe('`straße`,`価格`');
  });

  it('leads over the leader frontend', async () => {
    const be = await serve(backend(() => success));
    const leader = await serve(frontend(() => be.origin));
    const follower = await serve(frontend(() => leader.origin));
    await connect([follower.origin, leader.origin])(call());
    expect([follower, leader, be].map((server) => server.seen[0]?.body)).toEqual(['', '', row]);
  });

  it('leads over a leader that load-url does not name, which is known from then on', async () => {
    const be = await serve(backend(() => success));
    const leader = await serve(frontend(() => be.origin));
    const follower = await serve(frontend(() => leader.origin));
    const send = connect([follower.origin]);
    await send(call());
    await send(call());
    expect(be.seen.map((seen) => seen.body)).toEqual([row, row]);
    expect(leader.seen.map((seen) => seen.headers.expect)).toEqual([undefined, '100-continue', '100-continue']);
  });

  it('takes a transaction to its backend over a leader that load-url does not name', async () => {
    const be = await serve(backend(() => ({ Status: 'OK', Message: '' })));
    const leader = await serve(frontend(() => be.origin));
    const follower = await serve(frontend(() => leader.origin));
    const send = connect([follower.origin]);
    const { body: _, ...begin } = call({ operation: 'begin' });
    await send(begin);
    await send(call({ operation: 'load' }));
    expect(be.seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/api/transaction/begin', ''],
      ['PUT', '/api/transaction/load', row],
    ]);
    expect(be.seen[0]?.headers['content-length']).toBe('0');
    expect(leader.seen.map((seen) => seen.body)).toEqual(['', '']);
  });

  it('percent-encodes names', async () => {
    const be = await serve(backend(() => success));
    await connect([be.origin])(call({ database: 'a b', table: 'x/y?z' }));
    expect(be.seen[0]?.path).toBe('/api/a%20b/x%2Fy%3Fz/_stream_load');
  });

  it.each([
    [{ label: 'a\r\nx-evil: 1' }, 'NAME_INVALID'],
    [{ table: '..' }, 'NAME_INVALID'],
    [{ database: '' }, 'NAME_INVALID'],
    [{ headers: { columns: 'a\nb' } }, 'OPTIONS_INVALID'],
    [{ headers: { Authorization: 'Basic x' } }, 'OPTIONS_INVALID'],
  ])('refuses %j before anything is sent', async (more, code) => {
    const fe = await serve(backend(() => success));
    await expect(connect([fe.origin])(call(more))).rejects.toMatchObject({ code });
    expect(fe.seen).toHaveLength(0);
  });
});

describe('a frontend', () => {
  it('that is dead is passed over, and remembered', async () => {
    const dead = await deadOrigin();
    const be = await serve(backend(() => success));
    const broken = await serve((request) => void request.socket.destroy());
    const fe = await serve(frontend(() => be.origin));
    const send = connect([dead, broken.origin, fe.origin]);
    await send(call());
    await send(call());
    expect(broken.seen).toHaveLength(1);
    expect(fe.seen).toHaveLength(2);
  });

  it('that answers 5xx is passed over', async () => {
    const be = await serve(backend(() => success));
    const ill = await serve((_, response) => answer(response, 'oops', 503));
    const fe = await serve(frontend(() => be.origin));
    expect((await connect([ill.origin, fe.origin])(call())).status).toBe(200);
  });

  it('is missed by name and reason when none is left', async () => {
    const [one, two] = [await deadOrigin(), await deadOrigin()];
    const failure = connect([one, two])(call());
    await expect(failure).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
    await expect(failure).rejects.toThrow(new URL(one).host);
    await expect(failure).rejects.toThrow(new URL(two).host);
    await expect(failure).rejects.toThrow('ECONNREFUSED');
  });

  it('that is slow does not get the body', async () => {
    const be = await serve(backend(() => success));
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const fe = await serve(async (_, response) => {
      asked.resolve();
      await gate.promise;
      redirect(response, `${be.origin}/api/d/t/_stream_load`);
    });
    const reply = connect([fe.origin])(call());
    await asked.promise;
    expect(fe.seen[0]?.body).toBe('');
    gate.resolve();
    expect((await reply).status).toBe(200);
    expect(fe.seen[0]?.body).toBe('');
  });

  it('that is silent is left, without the body, for the next one', async () => {
    const be = await serve(backend(() => success));
    const silent = await serve(() => undefined);
    const fe = await serve(frontend(() => be.origin));
    await connect([silent.origin, fe.origin], { waitForContinueMs: 50 })(call());
    expect(silent.seen[0]?.body).toBe('');
    expect(be.seen[0]?.body).toBe(row);
  });

  it('that is silent about a command is not asked first again', async () => {
    const silent = await serve(() => undefined);
    const fe = await serve((_, response) => answer(response, { status: 'OK', state: 'UNKNOWN' }));
    const send = connect([silent.origin, fe.origin], { quickAnswerMs: 50 });
    const { body: _, ...command } = call({ operation: 'begin' });
    await expect(send(command)).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    await send({ ...command, operation: 'get_load_state' });
    expect([silent.seen.length, fe.seen.length]).toEqual([1, 1]);
  });

  it('behind a proxy that asks for the body gets it', async () => {
    const proxy = await serve(backend(() => success));
    expect(JSON.parse((await connect([proxy.origin])(call())).text)).toEqual(success);
    expect(proxy.seen[0]?.body).toBe(row);
  });

  it('that took the body and then redirects is followed with the body from its start', async () => {
    const be = await serve(backend(() => success));
    const fe = await serve(async (request, response) => {
      response.writeContinue();
      await once(request, 'end');
      redirect(response, `${be.origin}/api/d/t/_stream_load`);
    });
    const body = text(row);
    await connect([fe.origin])(call({ body }));
    expect(be.seen[0]?.body).toBe(row);
    expect(body.opened).toBe(2);
  });

  it('that took the body and answers 5xx is not passed over: the load may have happened', async () => {
    const proxy = await serve(async (request, response) => {
      response.writeContinue();
      await once(request, 'end');
      answer(response, 'timeout', 504);
    });
    const other = await serve(backend(() => success));
    expect((await connect([proxy.origin, other.origin])(call())).status).toBe(504);
    expect(other.seen).toHaveLength(0);
  });

  it('that loses a command leaves its outcome open, and a question is put to the next', async () => {
    const broken = await serve((request) => void request.socket.destroy());
    const fe = await serve((_, response) => answer(response, { status: 'OK', state: 'VISIBLE' }));
    const send = connect([broken.origin, fe.origin]);
    const { body: _, table: __, ...bare } = call();
    await expect(send({ ...bare, operation: 'commit' })).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    const asked = connect([broken.origin, fe.origin]);
    expect((await asked({ ...bare, operation: 'get_load_state' })).text).toContain('VISIBLE');
    expect(fe.seen[0]?.path).toBe('/api/d/get_load_state?label=l-1');
  });
});

describe('a load from end to end', () => {
  it('whose answer was lost after the commit is found by its label', async () => {
    const be = await serve(async (request) => {
      await once(request, 'end');
      request.socket.destroy();
    });
    const fe = await serve((request, response, seen) => {
      if (request.method === 'GET') answer(response, { status: 'OK', state: 'VISIBLE' });
      else void frontend(() => be.origin)(request, response, seen);
    });
    const starRocks = createStarRocks({
      send: connect([fe.origin]),
      clock,
      maxRetries: 2,
    });
    const destination = { database: 'd', table: 't', headers: {} };
    const result = await starRocks.load({
      destination,
      label: 'l-1',
      body: text(row),
      rows: 1,
      deadlineMs: Date.now() + 20_000,
    });
    expect(result).toEqual({ state: 'loaded', visible: true, already: true });
    expect(be.seen).toHaveLength(1);
  });

  it('refused for its data does not wait for an error log that does not come', async () => {
    const be = await serve((request, response) => {
      if (request.url?.includes('error_log')) return;
      request.resume().on('end', () => answer(response, { Status: 'Fail', Message: 'too many filtered rows' }));
    });
    const times = [0, 0, 1990];
    const frozen: Clock = { ...clock, now: () => times.shift() ?? 1990 };
    const log = connect([be.origin], {}, frozen).fetchErrorLog(`${be.origin}/api/_load_error_log?file=f`, 600_000);
    expect(await log).toBeUndefined();
  });

  it('refused for its data brings 8 KiB of the error log, by the map, without password or rows', async () => {
    const line = "Error: NULL value in non-nullable column 'a'. Row: [hidden]\n";
    const be = await serve((request, response, seen) => {
      if (request.method === 'GET') return answer(response, line.repeat(1_000));
      const ErrorURL = 'http://inside:8040/api/_load_error_log?file=f';
      return backend(() => ({ Status: 'Fail', Message: 'too many filtered rows', ErrorURL }))(request, response, seen);
    });
    const fe = await serve(frontend(() => 'http://inside:8040'));
    const send = connect([fe.origin], { redirectMap: { 'inside:8040': be.host } });
    const starRocks = createStarRocks({
      send,
      clock,
      maxRetries: 2,
    });
    const destination = { database: 'd', table: 't', headers: {} };
    const result = await starRocks.load({
      destination,
      label: 'l-1',
      body: text(row),
      rows: 1,
      deadlineMs: Date.now() + 20_000,
    });
    expect(result).toMatchObject({ state: 'refused', kind: 'data', errorLog: expect.stringContaining("column 'a'") });
    expect(JSON.stringify(result)).not.toContain('hidden');
    expect(JSON.stringify(result).length).toBeLessThan(9_000);
    expect(be.seen[1]).toMatchObject({ method: 'GET', path: '/api/_load_error_log?file=f' });
    expect(be.seen[1]?.headers.authorization).toBeUndefined();
  });
});
