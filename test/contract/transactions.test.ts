import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, labelState, newLabel, put, type Said, type Target, transact } from './calls.ts';
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

/** Ways into each state; the label is in it afterwards. */
const states: Record<string, (label: string) => Promise<unknown>> = {
  UNKNOWN: async () => undefined,
  PREPARE: async (label) => {
    await transact(target, 'begin', label);
    await transact(target, 'load', label, row);
  },
  PREPARED: async (label) => {
    await states['PREPARE']!(label);
    await transact(target, 'prepare', label);
  },
  VISIBLE: async (label) => {
    await states['PREPARED']!(label);
    await transact(target, 'commit', label);
  },
  ABORTED: async (label) => {
    await states['PREPARE']!(label);
    await transact(target, 'rollback', label);
  },
};

describe('call against state', () => {
  const missing = /: Transaction with op\[load\] and label\[LABEL\] has no node\.$/;
  const notFound = /: No transaction found by label LABEL$/;
  const cells: [string, string, string, RegExp, string][] = [
    ['begin', 'UNKNOWN', 'OK', /^$/, 'PREPARE'],
    ['begin', 'PREPARE', 'LABEL_ALREADY_EXISTS', /^$/, 'PREPARE'],
    ['begin', 'PREPARED', 'LABEL_ALREADY_EXISTS', /^Label \[LABEL\] has already been used\.$/, 'PREPARED'],
    ['begin', 'VISIBLE', 'LABEL_ALREADY_EXISTS', /^Label \[LABEL\] has already been used\.$/, 'VISIBLE'],
    ['begin', 'ABORTED', 'OK', /^$/, 'PREPARE'],
    ['load', 'UNKNOWN', 'FAILED', missing, 'UNKNOWN'],
    ['load', 'PREPARE', 'OK', /^$/, 'PREPARE'],
    ['load', 'PREPARED', 'TXN_NOT_EXISTS', /^Transaction with label LABEL not exists$/, 'PREPARED'],
    ['load', 'VISIBLE', 'TXN_NOT_EXISTS', /^Transaction with label LABEL not exists$/, 'VISIBLE'],
    ['load', 'ABORTED', 'TXN_NOT_EXISTS', /^Transaction with label LABEL not exists$/, 'ABORTED'],
    ['prepare', 'UNKNOWN', 'FAILED', notFound, 'UNKNOWN'],
    ['prepare', 'PREPARE', 'OK', /^$/, 'PREPARED'],
    ['prepare', 'PREPARED', 'TXN_NOT_EXISTS', /^transaction with label LABEL not exists$/, 'PREPARED'],
    ['prepare', 'VISIBLE', 'TXN_NOT_EXISTS', /^transaction with label LABEL not exists$/, 'VISIBLE'],
    ['prepare', 'ABORTED', 'TXN_NOT_EXISTS', /^transaction with label LABEL not exists$/, 'ABORTED'],
    ['commit', 'UNKNOWN', 'FAILED', notFound, 'UNKNOWN'],
    ['commit', 'PREPARE', 'OK', /^$/, 'VISIBLE'],
    ['commit', 'PREPARED', 'OK', /^$/, 'VISIBLE'],
    ['commit', 'VISIBLE', 'OK', /^Transaction \d+ has already committed, label is LABEL$/, 'VISIBLE'],
    ['commit', 'ABORTED', 'FAILED', /: Can not commit ABORTED transaction \d+, label is LABEL$/, 'ABORTED'],
    ['rollback', 'UNKNOWN', 'FAILED', notFound, 'UNKNOWN'],
    ['rollback', 'PREPARE', 'OK', /^$/, 'ABORTED'],
    ['rollback', 'PREPARED', 'OK', /^$/, 'ABORTED'],
    ['rollback', 'VISIBLE', 'FAILED', /: Can not abort VISIBLE transaction \d+, label is LABEL$/, 'VISIBLE'],
    ['rollback', 'ABORTED', 'OK', /^Transaction \d+ has already aborted, label is LABEL$/, 'ABORTED'],
  ];

  it.each(cells)('%s on %s answers %s', async (operation, state, status, message, after) => {
    const label = newLabel();
    await states[state]!(label);
    const reply = await transact(target, operation, label, operation === 'load' ? row : {});
    expect(reply.status).toBe(200);
    expect(reply.json['Status']).toBe(status);
    expect(String(reply.json['Message']).replaceAll(label, 'LABEL')).toMatch(message);
    expect(await labelState(target, label)).toBe(after);
  });

  it.each([
    ['PREPARE', { Status: 'LABEL_ALREADY_EXISTS', ExistingJobStatus: '', Message: '' }],
    ['PREPARED', { ExistingJobStatus: 'RUNNING' }],
    ['VISIBLE', { ExistingJobStatus: 'FINISHED' }],
  ])('begin on %s tells the state of the other job', async (state, expected) => {
    const label = newLabel();
    await states[state]!(label);
    const { json } = await transact(target, 'begin', label);
    expect(json).toMatchObject(expected);
    expect(Object.keys(json)).toEqual(['Status', 'ExistingJobStatus', 'Message']);
  });

  it('keeps a plain load from taking a label that is PREPARE or PREPARED', async () => {
    for (const state of ['PREPARE', 'PREPARED']) {
      const label = newLabel();
      await states[state]!(label);
      const { json } = await put(target, 'items', { ...csv, label }, '1,a\n');
      expect(json).toMatchObject({ Status: 'Label Already Exists', ExistingJobStatus: 'RUNNING', TxnId: -1 });
    }
  });
});

describe('answers', () => {
  it('come with the recorded properties, in order', async () => {
    const label = newLabel();
    const begin = await transact(target, 'begin', label);
    expect(Object.keys(begin.json)).toEqual(['Status', 'Message', 'Label', 'TxnId', 'BeginTxnTimeMs']);
    expect(begin.text).toMatch(/^\{\n {4}"Status": "OK",\n/);
    const load = await transact(target, 'load', label, row);
    const loadKeys = ['Status', 'Message', 'Label', 'TxnId', 'LoadBytes', 'StreamLoadPlanTimeMs', 'ReceivedDataTimeMs'];
    expect(Object.keys(load.json)).toEqual(loadKeys);
    expect((await transact(target, 'load', label, { headers: csv, body: '22,bb\n' })).json['LoadBytes']).toBe(6);
    const prepare = await transact(target, 'prepare', label);
    expect(Object.keys(prepare.json)).toEqual([
      ...['Status', 'Message', 'Label', 'TxnId'],
      ...[
        'NumberTotalRows',
        'NumberLoadedRows',
        'NumberFilteredRows',
        'NumberUnselectedRows',
        'LoadBytes',
        'LoadTimeMs',
      ],
      ...['StreamLoadPlanTimeMs', 'ReceivedDataTimeMs', 'WriteDataTimeMs', 'CommitAndPublishTimeMs'],
    ]);
    expect(prepare.json).toMatchObject({ Label: label, NumberTotalRows: 2, NumberLoadedRows: 2, LoadBytes: 10 });
    expect(prepare.json['TxnId']).toBe(begin.json['TxnId']);
    const commit = await transact(target, 'commit', label);
    expect(commit.json).toEqual({ Label: label, Status: 'OK', TxnId: begin.json['TxnId'], Message: '' });
    expect(commit.location).toBeUndefined();
  });

  it('of a rollback on a backend name the label', async () => {
    const label = newLabel();
    await states['PREPARE']!(label);
    expect((await transact(target, 'rollback', label)).json).toEqual({ Status: 'OK', Message: '', Label: label });
  });

  it('make rows visible at commit only', async () => {
    const label = newLabel();
    await transact(target, 'begin', label);
    await transact(target, 'load', label, { headers: csv, body: '501,' });
    await transact(target, 'load', label, { headers: csv, body: 'joined\n' });
    await transact(target, 'prepare', label);
    expect(await target.rows('items')).not.toContain('501,joined');
    await transact(target, 'commit', label);
    expect(await target.rows('items')).toContain('501,joined');
  });
});

describe('frontend', () => {
  const cases: [string, string, Record<string, string>, string][] = [
    [
      'no database',
      'begin',
      { label: 'l', table: 'items' },
      'com.starrocks.common.StarRocksException: No database selected.',
    ],
    ['no label', 'begin', { db: 'DB', table: 'items' }, 'com.starrocks.common.StarRocksException: Empty label.'],
    [
      'an unknown operation',
      'finish',
      { db: 'DB', label: 'l' },
      'com.starrocks.common.StarRocksException: Unknown transaction operation: finish',
    ],
    [
      'list',
      'list',
      { db: 'DB', label: 'l' },
      'com.starrocks.common.StarRocksException: Unknown transaction operation: list',
    ],
    [
      'an unknown database',
      'begin',
      { db: 'no_such_db', label: 'l' },
      'com.starrocks.common.StarRocksException: Database[no_such_db] does not exist.',
    ],
    [
      'channel_num alone',
      'begin',
      { db: 'DB', label: 'l', channel_num: '2' },
      'com.starrocks.common.DdlException: Must provide channel_id when stream load begin.',
    ],
    [
      'a timeout that is no number',
      'begin',
      { db: 'DB', label: 'l', timeout: 'soon' },
      'java.lang.NumberFormatException: For input string: "soon"',
    ],
  ];

  it.each(cases)('refuses %s', async (_, operation, headers, message) => {
    const asked = { ...headers, ...(headers['db'] === 'DB' ? { db: target.database } : {}) };
    const reply = await follow(target, `/api/transaction/${operation}`, { method: 'POST', headers: asked });
    expect(reply).toMatchObject({ status: 200, json: { Status: 'FAILED', Message: `class ${message}` } });
  });

  it('sends begin to a backend and the rest of the transaction to the same one', async () => {
    const label = newLabel();
    const begin = await transact(target, 'begin', label);
    const load = await transact(target, 'load', label, row);
    expect(be(begin)).toBe(be(load));
    expect(new URL(load.location!).pathname).toBe('/api/transaction/load');
  });

  it('wants a password', async () => {
    const reply = await send(`${target.fe}/api/transaction/begin`, {
      method: 'POST',
      headers: { db: target.database, label: 'l' },
    });
    expect(reply.status).toBe(401);
  });
});
