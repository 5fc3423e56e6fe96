import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, labelState, newLabel, put, said, type Target } from './calls.ts';
import { basic, send, sendRaw } from './http-client.ts';
import { openTarget } from './target.ts';

let target: Target;
const csv = { column_separator: ',' };

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const path = () => `/api/${target.database}/items/_stream_load`;
const authorized = () => ({ authorization: target.authorization });

describe('frontend', () => {
  it.each([
    ['no Authorization', {}, 'Need auth information.'],
    ['a header that is not Basic', { authorization: 'Bearer x' }, 'Need auth information.'],
    [
      'a Basic header that holds no colon',
      { authorization: `Basic ${Buffer.from('root').toString('base64')}` },
      'Need auth information.',
    ],
    ['a wrong password', { authorization: basic('root', 'wrong-password') }, /^Access denied for root@/],
    ['an unknown user', { authorization: basic('nobody', '') }, /^Access denied for nobody@/],
  ])('answers 401 to %s', async (_, headers, message) => {
    const reply = said(
      await send(`${target.fe}${path()}`, { method: 'PUT', headers: { ...headers, expect: '100-continue' } }),
    );
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Basic realm=""');
    expect(reply.json).toMatchObject({
      status: 'FAILED',
      code: '1',
      msg: expect.stringMatching(message),
      message: reply.json['msg'],
    });
  });

  it('refuses a load on HTTP/1.1 that has no Expect, and closes', async () => {
    const reply = said(await send(`${target.fe}${path()}`, { method: 'PUT', headers: authorized(), body: '1,a\n' }));
    expect(reply.status).toBe(200);
    expect(reply.headers.connection).toBe('close');
    expect(reply.json).toEqual({
      Status: 'FAILED',
      Message: 'class com.starrocks.common.DdlException: There is no 100-continue header',
    });
  });

  it('refuses another expectation than 100-continue', async () => {
    const reply = said(
      await send(`${target.fe}${path()}`, { method: 'PUT', headers: { ...authorized(), expect: 'something' } }),
    );
    expect(reply.json['Message']).toMatch(/There is no 100-continue header$/);
  });

  it('redirects HTTP/1.0 without Expect', async () => {
    const { pathname } = new URL(`${target.fe}${path()}`);
    const reply = await sendRaw(
      target.fe,
      `PUT ${pathname} HTTP/1.0\r\nAuthorization: ${target.authorization}\r\n\r\n`,
    );
    expect(reply).toMatch(/^HTTP\/1\.\d 307 /);
  });

  it('redirects to a backend: no body, no credentials, same path and query, connection closed', async () => {
    const headers = { ...authorized(), expect: '100-continue' };
    const reply = await send(`${target.fe}${path()}?a=b%20c&d`, { method: 'PUT', headers });
    expect(reply).toMatchObject({ status: 307, text: '', continued: false });
    expect(reply.headers.connection).toBe('close');
    expect(reply.headers.location).toMatch(/^http:\/\/[^@/]+:\d+\//);
    expect(reply.headers.location?.endsWith(`${path()}?a=b%20c&d`)).toBe(true);
  });

  it('redirects a load into a database or table that does not exist', async () => {
    const headers = { ...authorized(), expect: '100-continue' };
    const reply = await send(`${target.fe}/api/no_such_db/no_such_table/_stream_load`, { method: 'PUT', headers });
    expect(reply.status).toBe(307);
  });
});

describe('answer to a load', () => {
  it('has the documented properties in the documented order, with numbers as numbers', async () => {
    const label = newLabel();
    const reply = await put(target, 'items', { ...csv, label }, '1,a\n2,b\n');
    expect(reply.status).toBe(200);
    expect(reply.continued).toBe(true);
    expect(Object.keys(reply.json)).toEqual([
      ...['TxnId', 'Label', 'Status', 'Message'],
      ...[
        'NumberTotalRows',
        'NumberLoadedRows',
        'NumberFilteredRows',
        'NumberUnselectedRows',
        'LoadBytes',
        'LoadTimeMs',
      ],
      ...['BeginTxnTimeMs', 'StreamLoadPlanTimeMs', 'ReadDataTimeMs', 'WriteDataTimeMs', 'CommitAndPublishTimeMs'],
    ]);
    expect(reply.json).toMatchObject({ Label: label, Status: 'Success', Message: 'OK', LoadBytes: 8 });
    expect(reply.json).toMatchObject({
      NumberTotalRows: 2,
      NumberLoadedRows: 2,
      NumberFilteredRows: 0,
      NumberUnselectedRows: 0,
    });
    expect(reply.json['TxnId']).toBeGreaterThan(0);
    expect(reply.text).toMatch(/^\{\n {4}"TxnId": \d+,\n {4}"Label"/);
    expect(await target.rows('items')).toEqual(expect.arrayContaining(['1,a', '2,b']));
    expect(await labelState(target, label)).toBe('VISIBLE');
  });

  it('makes a label when none is given', async () => {
    const reply = await put(target, 'items', csv, '3,c\n');
    expect(reply.json['Label']).toMatch(/^[-\w]{32,36}$/);
  });

  it('takes a body in chunks, and a body without Expect on the backend', async () => {
    const { location } = await put(target, 'items', csv, '4,d\n');
    const chunked = { ...authorized(), ...csv, 'transfer-encoding': 'chunked', 'content-length': '' };
    const { 'content-length': _, ...headers } = chunked;
    const bytes = ['PUT', new URL(location!).pathname, 'HTTP/1.1\r\nConnection: close\r\n'].join(' ');
    const lines = Object.entries({ ...headers, host: 'be' }).map(([name, value]) => `${name}: ${value}\r\n`);
    const text = await sendRaw(location!, `${bytes}${lines.join('')}\r\n4\r\n5,e\n\r\n0\r\n\r\n`);
    expect(text).toMatch(/"Status": "Success"/);
    expect(text).toMatch(/"LoadBytes": 4/);
  });

  it('counts filtered rows, keeps their reasons behind ErrorURL, and loads none of the batch', async () => {
    const label = newLabel();
    const reply = await put(target, 'strict', { ...csv, label }, '1,a,100\n2,b,\n');
    expect(reply.json).toMatchObject({ Status: 'Fail', Message: 'too many filtered rows' });
    expect(reply.json).toMatchObject({ NumberTotalRows: 2, NumberLoadedRows: 1, NumberFilteredRows: 1 });
    expect(reply.json['ErrorURL']).toMatch(/^http:\/\/.+\/api\/_load_error_log\?file=.*error_log_\w+$/);
    const log = await send(String(reply.json['ErrorURL']), {});
    expect(log.text).toMatch(/^Error: NULL value in non-nullable column 'amount'/);
    expect(await target.rows('strict')).toEqual([]);
    expect(await labelState(target, label)).toBe('ABORTED');
  });

  it('loads the rest when max_filter_ratio allows, and still gives ErrorURL', async () => {
    const reply = await put(target, 'strict', { ...csv, max_filter_ratio: '0.5' }, '11,a,100\n12,b,\n');
    expect(reply.json).toMatchObject({ Status: 'Success', NumberFilteredRows: 1, NumberLoadedRows: 1 });
    expect(Object.keys(reply.json).at(-1)).toBe('ErrorURL');
    expect(await target.rows('strict')).toEqual(['11,a,100']);
  });

  it.each([
    ['an empty body', {}, ''],
    ['rows that are all filtered, within max_filter_ratio', { max_filter_ratio: '1' }, 'x,y\n'],
  ])('refuses %s: there is nothing to commit', async (_, headers, body) => {
    const reply = await put(target, 'items', { ...csv, ...headers }, body);
    expect(reply.json).toMatchObject({
      Status: 'Fail',
      Message: expect.stringMatching(/^fail to execute commit task: No partitions have data available for loading\. /),
    });
  });

  it('fails a JSON body of the wrong shape whatever max_filter_ratio says', async () => {
    const reply = await put(target, 'items', { format: 'json', max_filter_ratio: '1' }, 'oops');
    expect(reply.json).toMatchObject({ Status: 'Fail', NumberTotalRows: 0 });
    expect(reply.json['Message']).toMatch(/^parse error\. illegal json started with o/);
  });
});

describe('label', () => {
  it('is refused once its load is in', async () => {
    const label = newLabel();
    await put(target, 'items', { ...csv, label }, '21,a\n');
    const again = await put(target, 'items', { ...csv, label }, '21,a\n');
    expect(again.continued).toBe(false);
    expect(Object.keys(again.json).slice(0, 5)).toEqual(['TxnId', 'Label', 'Status', 'ExistingJobStatus', 'Message']);
    expect(again.json).toMatchObject({
      TxnId: -1,
      Label: label,
      Status: 'Label Already Exists',
      ExistingJobStatus: 'FINISHED',
      Message: `Label [${label}] has already been used.`,
    });
    expect((await target.rows('items')).filter((row) => row === '21,a')).toHaveLength(1);
  });

  it('is free again after its load was aborted', async () => {
    const label = newLabel();
    expect((await put(target, 'items', { ...csv, label }, 'x,a\n')).json['Status']).toBe('Fail');
    expect((await put(target, 'items', { ...csv, label }, '22,a\n')).json['Status']).toBe('Success');
    expect(await labelState(target, label)).toBe('VISIBLE');
  });

  it('is UNKNOWN before it was used', async () => {
    const reply = await follow(target, `/api/${target.database}/get_load_state?label=${newLabel()}`, { method: 'GET' });
    expect(reply.json).toMatchObject({ state: 'UNKNOWN', status: 'OK', code: '0', msg: 'Success', message: 'OK' });
  });

  it.each([
    ['an unknown database', '/api/no_such_db/get_load_state?label=a', 'unknown database, database=no_such_db'],
    ['no label', '/api/DB/get_load_state', 'No label selected.'],
  ])('cannot be asked of %s', async (_, where, message) => {
    const reply = await follow(target, where.replace('DB', target.database), { method: 'GET' });
    expect(reply).toMatchObject({ status: 200, json: { status: 'FAILED', code: '1', msg: message, message } });
  });

  it('is cancelled only while its load runs', async () => {
    const label = newLabel();
    const ask = (at: string) => follow(target, `/api/${target.database}/${at}`, { method: 'POST' });
    expect((await ask(`items/_cancel?label=${label}`)).json).toMatchObject({
      status: 'FAILED',
      msg: `transaction not found: ${label}`,
    });
    await put(target, 'items', { ...csv, label }, '23,a\n');
    expect((await ask(`items/_cancel?label=${label}`)).json['msg']).toBe(
      `running transaction not found, label=${label}`,
    );
  });
});
