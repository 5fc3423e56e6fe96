import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelState, newLabel, type Said, said, type Target, transact } from './calls.ts';
import { send } from './http-client.ts';
import { openTarget } from './target.ts';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const csv = { column_separator: ',' };
const row = { headers: csv, body: '1,a\n' };
const be = (said: Said) => new URL(said.location!).origin;

describe('a failing call', () => {
  const failures: [
    string,
    string,
    { headers?: Record<string, string>; body?: string; table?: string },
    string,
    RegExp,
  ][] = [
    ['a plan error', 'load', { headers: { ...csv, columns: 'name' }, body: 'a\n' }, 'ANALYSIS_ERROR', /id/],
    [
      'an unknown format',
      'load',
      { headers: { format: 'xml' }, body: 'a\n' },
      'INTERNAL_ERROR',
      /^unknown data format, format=xml$/,
    ],
    [
      'strict_mode that is no flag',
      'load',
      { headers: { strict_mode: 'on' }, body: 'a\n' },
      'INVALID_ARGUMENT',
      /^Invalid strict mode format/,
    ],
    ['no data', 'prepare', {}, 'INTERNAL_ERROR', /^transaction id=.+, label=.+, db=\w+ hasn't send any data yet$/],
    ['no data', 'commit', {}, 'INTERNAL_ERROR', /hasn't send any data yet$/],
  ];

  it.each(failures)('for %s rolls the transaction back at once (%s)', async (_, operation, sent, status, message) => {
    const label = newLabel();
    await transact(target, 'begin', label);
    const failed = await transact(target, operation, label, sent);
    expect(failed.json).toMatchObject({ Status: status, Message: expect.stringMatching(message) });
    expect(await labelState(target, label)).toBe('ABORTED');
    expect((await transact(target, 'load', label, row)).json['Status']).toBe('TXN_NOT_EXISTS');
    expect((await transact(target, 'commit', label)).json['Status']).toBe('FAILED');
    expect((await transact(target, 'begin', label)).json['Status']).toBe('OK');
  });

  it.each(['prepare', 'commit'])('shows bad rows at %s, not at load', async (operation) => {
    const label = newLabel();
    await transact(target, 'begin', label);
    expect((await transact(target, 'load', label, { headers: csv, body: 'x,a\n' })).json['Status']).toBe('OK');
    const failed = await transact(target, operation, label);
    expect(failed.json).toMatchObject({ Status: 'INTERNAL_ERROR', Message: 'too many filtered rows' });
    expect(failed.json['ErrorURL']).toMatch(/_load_error_log\?file=/);
    expect(await labelState(target, label)).toBe('ABORTED');
  });

  it('for headers that differ from those of the load before aborts', async () => {
    const label = newLabel();
    await transact(target, 'begin', label);
    await transact(target, 'load', label, row);
    const second = await transact(target, 'load', label, { headers: { column_separator: ';' }, body: '1;a\n' });
    expect(second.json).toEqual({ Status: 'INTERNAL_ERROR', Message: 'load request not equal last.' });
    expect(await labelState(target, label)).toBe('ABORTED');
  });

  it('leaves out headers that transactions do not read', async () => {
    const label = newLabel();
    await transact(target, 'begin', label);
    const first = { ...csv, skip_header: 'not a number', trim_space: 'x', enclose: '"', partial_update: 'TRUE' };
    expect((await transact(target, 'load', label, { headers: first, body: '77,"quoted"\n' })).json['Status']).toBe(
      'OK',
    );
    expect((await transact(target, 'load', label, { headers: csv, body: '78,b\n' })).json['Status']).toBe('OK');
    await transact(target, 'commit', label);
    expect(await target.rows('items')).toContain('77,"quoted"');
  });

  it('counts the JSON of all loads together', async () => {
    const label = newLabel();
    const begun = await transact(target, 'begin', label);
    const headers = { authorization: target.authorization, db: target.database, table: 'items', label, format: 'json' };
    const body = `{"id":1,"name":"${'x'.repeat(1024 * 1024)}"}`;
    const url = `${be(begun)}/api/transaction/load`;
    await send(url, { method: 'PUT', headers, body });
    const half = { ...headers, expect: '100-continue', 'content-length': String(100 * 1024 * 1024) };
    const { json } = said(await send(url, { method: 'PUT', headers: half }));
    const total = body.length + 100 * 1024 * 1024;
    expect(json['Message']).toMatch(
      new RegExp(
        `^The size of this batch exceed the max size \\[104857600\\] {2}of json type data {2}data \\[ ${total} \\]`,
      ),
    );
    expect(await labelState(target, label)).toBe('ABORTED');
  });
});

describe('a refused call', () => {
  it.each([
    ['load', { table: 'strict' }, 'Request table strict not equal transaction table items'],
    ['load', { headers: { db: 'other' } }, 'Request database other not equal transaction database DB'],
    ['commit', { headers: { db: 'other' } }, 'request db other transaction db DB not match'],
    ['rollback', { headers: { db: 'other' } }, 'request db other transaction db DB not match'],
  ])(
    'leaves the transaction as it was: %s %j',
    async (operation, sent: { headers?: Record<string, string>; table?: string }, message) => {
      const label = newLabel();
      const begun = await transact(target, 'begin', label);
      const headers = {
        authorization: target.authorization,
        db: target.database,
        table: sent.table ?? 'items',
        label,
        ...sent.headers,
      };
      const method = operation === 'load' ? 'PUT' : 'POST';
      const { json } = said(await send(`${be(begun)}/api/transaction/${operation}`, { method, headers }));
      expect(json).toEqual({ Status: 'INVALID_ARGUMENT', Message: message.replace('DB', target.database) });
      expect(await labelState(target, label)).toBe('PREPARE');
    },
  );

  it('that overlaps another is told so, and may come again', async () => {
    const label = newLabel();
    const begun = await transact(target, 'begin', label);
    const headers = { authorization: target.authorization, db: target.database, table: 'items', label, ...csv };
    const url = `${be(begun)}/api/transaction/load`;
    const slow = request(url, { method: 'PUT', agent: false, headers: { ...headers, expect: '100-continue' } });
    slow.flushHeaders();
    await once(slow, 'continue');
    for (const operation of ['load', 'prepare', 'commit']) {
      const { json } = await transact(target, operation, label, operation === 'load' ? row : {});
      expect(json).toEqual({
        Status: 'TXN_IN_PROCESSING',
        Label: label,
        Message: expect.stringMatching(/in processing/),
      });
    }
    slow.end('1,a\n');
    const [answer] = (await once(slow, 'response')) as [import('node:http').IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    expect((await transact(target, 'prepare', label)).json['Status']).toBe('OK');
  });
});
