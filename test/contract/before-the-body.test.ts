import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, labelState, newLabel, put, said, type Target } from './calls.ts';
import { basic, send } from './http-client.ts';
import { openTarget } from './target.ts';

let target: Target;
const csv = { column_separator: ',' };

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const authorized = () => ({ authorization: target.authorization });

describe('backend before the body', () => {
  const bad = { label: 'x'.repeat(129) };
  const jsonLimit = 100 * 1024 * 1024;
  const cases: [string, Record<string, string>, string | RegExp, { begun: boolean }][] = [
    [
      'a label that is too long',
      bad,
      `Getting analyzing error. Detail message: Label format error. regex: ^[-\\w]{1,128}$, label: ${bad.label}.`,
      { begun: false },
    ],
    [
      'a label with a dot',
      { label: 'a.b' },
      'Getting analyzing error. Detail message: Label format error. regex: ^[-\\w]{1,128}$, label: a.b.',
      { begun: false },
    ],
    ['an unknown format', { format: 'parquet' }, 'unknown data format, format=parquet', { begun: false }],
    ['a timeout that is no number', { timeout: 'soon' }, 'Invalid timeout format', { begun: false }],
    ['a negative timeout', { timeout: '-1' }, 'Invalid timeout format', { begun: false }],
    [
      'a timeout of zero',
      { timeout: '0' },
      /^Invalid timeout: '0'\. Expected values should be between 1 and 259200 seconds$/,
      { begun: false },
    ],
    ['a timeout over three days', { timeout: '259201' }, /^Invalid timeout: '259201'\. /, { begun: false }],
    [
      'enable_merge_commit that is no flag',
      { enable_merge_commit: 'yes' },
      'Invalid parameter enable_merge_commit. The value must be bool type, but is yes',
      { begun: false },
    ],
    [
      'JSON over 100 MB',
      { format: 'json', 'content-length': String(jsonLimit + 1) },
      `The size of this batch exceed the max size [${jsonLimit}]  of json type data  data [ ${jsonLimit + 1} ]. Set ignore_json_size to skip the check, although it may lead huge memory consuming.`,
      { begun: false },
    ],
    ['skip_header that is no number', { skip_header: 'one' }, 'Invalid csv load skip_header format', { begun: true }],
    ['a negative skip_header', { skip_header: '-1' }, 'skip_header must be equal or greater than 0', { begun: true }],
    [
      'trim_space that is no flag',
      { trim_space: '1' },
      'Invalid trim space format. Must be bool type',
      { begun: true },
    ],
    [
      'strict_mode that is no flag',
      { strict_mode: 'on' },
      'Invalid strict mode format. Must be bool type',
      { begun: true },
    ],
    [
      'partial_update that is no flag',
      { partial_update: 'x' },
      'Invalid partial update flag format. Must be bool type',
      { begun: true },
    ],
    [
      'both kinds of partitions',
      { partitions: 'a', temporary_partitions: 'b' },
      'Can not specify both partitions and temporary partitions',
      { begun: true },
    ],
    ['a load_mem_limit that is no number', { load_mem_limit: 'x' }, 'Invalid load mem limit format', { begun: true }],
    [
      'a negative load_mem_limit',
      { load_mem_limit: '-1' },
      'load_mem_limit must be equal or greater than 0',
      { begun: true },
    ],
    ['a load_dop that is no number', { load_dop: 'x' }, 'Invalid load_dop format', { begun: true }],
    [
      'log_rejected_record_num under -1',
      { log_rejected_record_num: '-2' },
      'log_rejected_record_num must be equal or greater than -1',
      { begun: true },
    ],
    [
      'log_rejected_record_num that is no number',
      { log_rejected_record_num: 'x' },
      'Invalid log_rejected_record_num format',
      { begun: true },
    ],
    [
      'both compression headers',
      { compression: 'gzip', 'content-encoding': 'gzip' },
      'Only one of http header content-encoding and compression can be set',
      { begun: true },
    ],
    ['an exec_mem_limit of zero', { exec_mem_limit: '0' }, 'exec_mem_limit must be greater than 0', { begun: true }],
    [
      'columns without one that must be there',
      { columns: 'name' },
      /Column has no default value. column: id|column has no source field, column=id/,
      { begun: true },
    ],
  ];

  it.each(cases)('refuses %s', async (_, headers, message, { begun }) => {
    const label = newLabel();
    const body = headers['content-length'] === undefined ? '1,a\n' : '';
    const { location } = await put(target, 'items', csv, '1,a\n');
    const sent = {
      method: 'PUT',
      headers: { ...authorized(), ...csv, expect: '100-continue', label, ...headers },
      body,
    };
    const reply = said(await send(location!, sent));
    expect(reply).toMatchObject({
      status: 200,
      continued: false,
      json: { Status: 'Fail', LoadBytes: 0, NumberTotalRows: 0 },
    });
    if (typeof message === 'string') expect(reply.json['Message']).toBe(message);
    else expect(reply.json['Message']).toMatch(message);
    expect(reply.json['TxnId']).toSatisfy((id: number) => (begun ? id > 0 : id === -1));
    if (headers['label'] === undefined) expect(await labelState(target, label)).toBe(begun ? 'ABORTED' : 'UNKNOWN');
  });

  it.each([
    ['no authorization', {}, 'no valid Basic authorization'],
    ['a wrong password', { authorization: basic('root', 'wrong-password') }, /^Access denied for root@/],
  ])('refuses %s with 200', async (_, headers, message) => {
    const { location } = await put(target, 'items', csv, '1,a\n');
    const reply = said(
      await send(location!, { method: 'PUT', headers: { ...csv, ...headers, expect: '100-continue' } }),
    );
    expect(reply).toMatchObject({
      status: 200,
      json: { TxnId: -1, Status: 'Fail', Message: expect.stringMatching(message) },
    });
  });

  it.each([
    ['database', '/api/no_such_db/items/_stream_load', 'unknown database, database=no_such_db'],
    ['table', 'no_such_table', 'unknown table "DB.no_such_table"'],
  ])('refuses an unknown %s', async (_, where, message) => {
    const wanted = where.startsWith('/') ? where : `/api/${target.database}/${where}/_stream_load`;
    const reply = await follow(target, wanted, { method: 'PUT', headers: csv, body: '1,a\n' });
    expect(reply.continued).toBe(false);
    expect(reply.json).toMatchObject({ TxnId: -1, Status: 'Fail', Message: message.replace('DB', target.database) });
  });

  it('answers and drops the connection while a client without Expect still writes', async () => {
    const { location } = await put(target, 'items', csv, '1,a\n');
    const headers = { ...authorized(), ...csv, format: 'parquet', 'content-length': '50000000' };
    const reply = said(await send(location!, { method: 'PUT', headers, body: '1,a\n' }));
    expect(reply.json['Message']).toBe('unknown data format, format=parquet');
    expect(reply.headers.connection).toBe('close');
  });

  it('takes JSON over 100 MB with ignore_json_size', async () => {
    const { location } = await put(target, 'items', csv, '1,a\n');
    const { host, pathname } = new URL(location!);
    const lines = `PUT ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${target.authorization}\r\nformat: json\r\nignore_json_size: TRUE\r\nExpect: 100-continue\r\nContent-Length: ${jsonLimit + 1}\r\n\r\n`;
    const first = await firstLine(location!, lines);
    expect(first).toBe('HTTP/1.1 100 Continue');
  });
});

async function firstLine(url: string, bytes: string): Promise<string> {
  const { connect } = await import('node:net');
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.once('data', (chunk) => {
      resolve(chunk.toString().split('\r\n')[0]!);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
