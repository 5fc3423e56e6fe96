import { request as send } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOfStack } from '../../cli/console/console-of-stack.ts';
import { type ConsoleAsked, openConsole } from '../../cli/console/open-console.ts';
import { mostBodyBytes } from '../../cli/console/server.ts';
import { openStack } from './delivery-world.ts';

let sink: Awaited<ReturnType<typeof openStack>>;
let served: Awaited<ReturnType<typeof openConsole>>;

/** It looks when it is asked to: the next look by itself is far away. */
const asked = (): ConsoleAsked => ({ ...placeOfStack(sink), port: 0, every: 3600 });

beforeAll(async () => {
  sink = await openStack();
  served = await openConsole(asked(), {});
});
afterAll(async () => {
  await served.close();
  await sink.close();
});

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly at?: string;
}

/** A request of any shape: fetch would not let go some of these headers. */
async function request(path: string, { method = 'GET', headers = {}, body, at = served.url }: Asked = {}) {
  const { hostname, port } = new URL(at);
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const sent = send({ ...{ host: hostname, port, path, method, headers } }, resolve);
    sent.once('error', reject).end(body);
  });
  return { status: response.statusCode, headers: response.headers, answer: response };
}

const get = async (path: string, at = served.url) => {
  const { status, answer } = await request(path, { at });
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at, field by field
  return { status, found: (await readJson(answer)) as any };
};

const ownOrigin = () => ({ origin: served.url.slice(0, -1), 'content-type': 'application/json' });

async function post(path: string, value: unknown) {
  const { status, answer } = await request(path, { method: 'POST', headers: ownOrigin(), body: JSON.stringify(value) });
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at, field by field
  return { status, found: (await readJson(answer)) as any };
}

/** A table into which five rows were sent, two of them with a text where a number belongs. */
async function tableWithBad(): Promise<{ readonly table: string; readonly name: string }> {
  const table = await sink.createTable();
  await sink.send(
    table,
    [1, 2, 3, 4, 5].map((id) => ({ id, v: id % 2 === 0 ? `<b>${id}</b>` : id })),
  );
  await sink.idle();
  const { found } = await get(`/api/rejected?table=d.${table}`);
  return { table, name: found.entries[0].name };
}

const corrected = (text: string) => text.replace(/"<b>(\d)<\/b>"/g, '$1');

describe('the console', () => {
  it('serves its page, which may load nothing from elsewhere', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/main.js', 'text/javascript'],
      ['/style.css', 'text/css'],
    ] as const) {
      const { status, headers, answer } = await request(path);
      answer.resume();
      expect([path, status, headers['content-type']]).toEqual([path, 200, `${type}; charset=utf-8`]);
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;.*frame-ancestors 'none'$/,
        ),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(Number(headers['content-length'])).toBeGreaterThan(500);
    }
  });

  it('tells queues, loads by minute and samples', async () => {
    const { table } = await tableWithBad();
    const { status, found } = await get('/api/look');
    expect(status).toBe(200);
    expect(found.place).toBe(sink.resources.bucket);
    expect(found.overview.queues.map((each: { queue: string }) => each.queue)).toEqual([
      ...['rows', 'rows dead letters', 'load', 'load dead letters'],
    ]);
    expect(found.overview.loads).toContainEqual(expect.objectContaining({ table: `d.${table}`, rows: 3, failed: 0 }));
    const ofTable = found.minutes.tables.find((each: { table: string }) => each.table === `d.${table}`);
    expect(ofTable.rows.reduce((all: number, each: number) => all + each)).toBe(3);
    expect(found.samples.at(-1).waiting).toEqual({
      ...{ rows: 0, 'rows dead letters': 0, load: 0, 'load dead letters': 0 },
    });
    // What the functions of the stack have counted, by the minute, as CloudWatch would have it.
    expect(found.overview.throughput.counted).toMatchObject({ RowsLoaded: 3, Loads: 1, RowsRejected: 2 });
    expect(found.measured.counted.RowsLoaded.slice(-6).reduce((all: number, each: number) => all + each)).toBe(3);
    expect(Object.keys(found.measured.oldestSeconds)).toEqual([
      'rows',
      'rows dead letters',
      'load',
      'load dead letters',
    ]);
    expect((await get('/api/state')).found.overview.at).toBe(found.overview.at);
    // Nor is anything told of how StarRocks is entered.
    expect(JSON.stringify(found)).not.toMatch(/password|jdbc/);
  });

  it('lists what was rejected, by table and code, and opens it', async () => {
    const { table, name } = await tableWithBad();
    const list = (await get(`/api/rejected?table=d.${table}&code=VALUE_UNFIT`)).found;
    expect(list.entries).toEqual([
      {
        ...{ name, kind: 'rows', table: `d.${table}`, codes: ['VALUE_UNFIT'], count: 2, column: 'v' },
        ...{ time: expect.stringMatching(/^20/), reason: expect.stringContaining("column 'v'") },
      },
    ]);
    expect(list).toMatchObject({ leftOut: 0, unsent: 2, lately: [expect.any(Number), expect.any(Number)] });
    expect((await get(`/api/rejected?table=d.${table}&code=ROW_NOT_JSON`)).found.entries).toEqual([]);
    const opened = (await get(`/api/rejected/object?name=${encodeURIComponent(name)}`)).found;
    expect(opened.stored.rows[0]).toMatchObject({
      ...{ row: 1, code: 'VALUE_UNFIT', column: 'v', text: '{"id":2,"v":"<b>2</b>"}' },
      ...{ messageId: expect.any(String), source: expect.stringMatching(/:rows$/) },
    });
    expect(opened.editable).toContain('\n{"id":4,"v":"<b>4</b>"}\n');
    expect(await get('/api/rejected/object?name=d.nothing')).toMatchObject({
      status: 400,
      found: { error: expect.stringContaining('Nothing rejected has the name d.nothing'), code: 'OPTIONS_INVALID' },
    });
  });

  it('sends corrected rows at the second word, once, and exactly-once loads them once', async () => {
    const { table, name } = await tableWithBad();
    const { editable } = (await get(`/api/rejected/object?name=${encodeURIComponent(name)}`)).found;
    const planned = (await post('/api/resend/plan', { name, text: corrected(editable) })).found;
    expect(planned).toMatchObject({ end: { state: 'would be sent', rows: 2, leftOut: 0 }, token: expect.any(String) });
    await sink.idle();
    expect(await sink.rows(table)).toHaveLength(3);

    const { token } = planned;
    expect((await post('/api/resend', { token })).found).toMatchObject({ name, state: 'sent', rows: 2 });
    expect(await post('/api/resend', { token })).toMatchObject({
      status: 400,
      found: { error: expect.stringContaining('Nothing is planned under this token') },
    });
    await sink.idle();
    expect((await sink.rows(table)).toSorted()).toEqual(['1=1', '2=2', '3=3', '4=4', '5=5']);

    const later = (await post('/api/resend/plan', { name, text: corrected(editable) })).found;
    const why = expect.stringMatching(/^It was sent at 20/);
    expect(later).toEqual({ end: { name, state: 'not sent', needs: 'again', why } });
    const again = (await post('/api/resend/plan', { name, text: corrected(editable), again: true })).found;
    expect((await post('/api/resend', { token: again.token })).found.state).toBe('sent');
    await sink.idle();
    expect(await sink.rows(table)).toHaveLength(5);
    const [entry] = (await get(`/api/rejected?table=d.${table}`)).found.entries;
    expect(entry.resent).toMatchObject({ state: 'sent', rows: 2 });
  });

  it('sends nothing that was sent by somebody else between the first word and the second', async () => {
    const { table, name } = await tableWithBad();
    const text = '{"id":2,"v":2}';
    const plans = [await post('/api/resend/plan', { name, text }), await post('/api/resend/plan', { name, text })];
    const ends = [];
    for (const { found } of plans) ends.push((await post('/api/resend', { token: found.token })).found);
    expect(ends).toMatchObject([{ state: 'sent', rows: 1, leftOut: 1 }, { state: 'not sent' }]);
    await sink.idle();
    expect(await sink.rows(table)).toHaveLength(4);
  });

  it('says which corrected line is no row', async () => {
    const { name } = await tableWithBad();
    expect(await post('/api/resend/plan', { name, text: '{"id":2,"v":2}\n{"id":4,' })).toMatchObject({
      status: 400,
      found: { error: expect.stringContaining('the corrected rows, line 2: it is neither a JSON object') },
    });
  });

  it('sends a whole message again as it is, and corrects none', async () => {
    const QueueUrl = sink.resources.rowsQueueUrl;
    await sink.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'no rows' }));
    await sink.idle();
    const { entries } = (await get('/api/rejected')).found;
    const { name } = entries.find(({ kind }: { kind: string }) => kind === 'message');
    const opened = (await get(`/api/rejected/object?name=${encodeURIComponent(name)}`)).found;
    expect(opened).toMatchObject({ leftOut: 0, stored: { kind: 'message', message: { body: 'no rows' } } });
    expect(opened).not.toHaveProperty('editable');
    expect(await post('/api/resend/plan', { name, text: '{"id":1}' })).toMatchObject({ status: 400 });
    const { token } = (await post('/api/resend/plan', { name })).found;
    expect((await post('/api/resend', { token })).found).toMatchObject({ state: 'sent', rows: 1 });
    await sink.idle();
  });

  it('tells the story of a message of which rows were rejected', async () => {
    const { table, name } = await tableWithBad();
    const { stored } = (await get(`/api/rejected/object?name=${encodeURIComponent(name)}`)).found;
    const { found } = await get(`/api/story?subject=${stored.rows[0].messageId}`);
    expect(found).toMatchObject({
      isKnown: true,
      story: {
        claims: [{ table: `d.${table}` }],
        batches: [{ standing: 'committed' }],
        loads: [{ state: 'FINISHED', rows: 3 }],
        rejected: [{ name, count: 2 }],
      },
    });
    expect(found.meanings.committed).toMatch(/its rows are in the table/);
    expect((await get('/api/story?subject=nobody-knows')).found.isKnown).toBe(false);
    expect(await get('/api/story')).toMatchObject({ status: 400, found: { error: 'The request names no subject.' } });
  });

  it('tells what cannot be reached, and answers', async () => {
    const { option = {} } = asked();
    const nowhere = { ...option, 'load-url': '127.0.0.1:1', 'jdbc-url': 'jdbc:mysql://127.0.0.1:1' };
    const lost = await openConsole({ ...asked(), endpoint: 'http://127.0.0.1:1', option: nowhere }, {});
    try {
      const { status, found } = await get('/api/state', lost.url);
      expect(status).toBe(200);
      expect(found.overview.queues).toEqual([]);
      expect(found.overview.notTold.join('\n')).toMatch(/QUEUE_UNREACHABLE[\s\S]*127\.0\.0\.1:1/);
      expect(found).not.toHaveProperty('minutes');
      expect(await get('/api/rejected', lost.url)).toMatchObject({
        found: { error: expect.stringContaining('ECONNREFUSED') },
      });
    } finally {
      await lost.close();
    }
  }, 60_000);
});

describe('requests of others', () => {
  const own = () => new URL(served.url).host;

  it.each<[what: string, status: number, asked: () => Asked & { readonly path?: string }]>([
    ['a name that somebody pointed to 127.0.0.1', 403, () => ({ headers: { host: 'evil.example' } })],
    ['such a name with the right port', 403, () => ({ headers: { host: `evil.example:${new URL(served.url).port}` } })],
    ['a page of another site', 403, () => ({ headers: { 'sec-fetch-site': 'cross-site' } })],
    ['a page of another port', 403, () => ({ headers: { 'sec-fetch-site': 'same-site' } })],
    ['another origin', 403, () => ({ headers: { origin: 'http://evil.example' } })],
    ['a frame without an origin', 403, () => ({ headers: { origin: 'null' } })],
    ['a form', 415, () => ({ method: 'POST', headers: { ...ownOrigin(), 'content-type': 'text/plain' }, body: '{}' })],
    ['a POST without an origin', 403, () => ({ method: 'POST', headers: { 'content-type': 'application/json' } })],
    ['a preflight', 405, () => ({ method: 'OPTIONS', headers: { origin: `http://${own()}` } })],
    ['no JSON', 400, () => ({ method: 'POST', headers: ownOrigin(), body: '{"token":' })],
    ['what has no such field', 400, () => ({ method: 'POST', headers: ownOrigin(), body: '{"token":1}' })],
    [
      'a body that is too large',
      413,
      () => ({ method: 'POST', headers: ownOrigin(), body: ' '.repeat(mostBodyBytes + 1) }),
    ],
    ['a path that is none', 404, () => ({ path: '/../../package.json' })],
    ['a path that cannot be read', 404, () => ({ path: 'http://[' })],
    ['a path with two slashes', 404, () => ({ path: '//evil.example/x' })],
  ])('are refused: %s', async (_, status, made) => {
    const { path = '/api/resend', ...hostile } = made();
    const found = await request(path, hostile);
    expect([found.status, found.headers['content-type']]).toEqual([status, 'application/json; charset=utf-8']);
    expect(found.headers).toHaveProperty('content-security-policy');
    expect(found.headers).not.toHaveProperty('access-control-allow-origin');
    expect(await readJson(found.answer)).toMatchObject({ error: expect.stringMatching(/\w\.?/) });
  });

  it('do not reach it from another address of this machine', async () => {
    const { port } = new URL(served.url);
    await expect(request('/', { at: `http://127.0.0.2:${port}/` })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
