import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import type { Destination, Transactions } from '../../src/ports.ts';
import { createTransactions } from '../../src/starrocks/transaction.ts';
import { fakeClock, labelIs, type Step, scriptedSend } from './scripted-starrocks.ts';

const name = { database: 'd', label: 'b-1', deadlineMs: 30_000 };
const ok = { Status: 'OK', Message: '', Label: 'b-1', TxnId: 9 };
const lost = new SinkError('ANSWER_LOST', 'be:8040 did not answer.');
const busy = { Status: 'TXN_IN_PROCESSING', Message: 'Transaction is in processing' };
const gone = { Status: 'TXN_NOT_EXISTS', Message: 'transaction b-1 not exists' };
const dead = new SinkError('BACKEND_UNREACHABLE', 'The address is be:8040.');
const destination: Destination = { database: 'd', table: 't', headers: { columns: '`a`' } };
const body = { bytes: 2, open: () => [Buffer.from('[]')] };

function script(steps: readonly Step[]): {
  transactions: Transactions;
  calls: ReturnType<typeof scriptedSend>['calls'];
} {
  const { send, calls } = scriptedSend(steps);
  return { transactions: createTransactions({ send, clock: fakeClock() }), calls };
}

describe('begin', () => {
  it('names table, label and timeout', async () => {
    const { transactions, calls } = script([ok]);
    expect(await transactions.begin(name, 't', 60)).toEqual({ state: 'ok', txnId: 9 });
    expect(calls[0]).toMatchObject({ operation: 'begin', table: 't', label: 'b-1', headers: { timeout: '60' } });
  });

  it.each([
    ['RUNNING', 'running'],
    ['FINISHED', 'finished'],
    ['', 'local'],
  ])('finds the label in use: %j', async (ExistingJobStatus, existing) => {
    const { transactions } = script([{ Status: 'LABEL_ALREADY_EXISTS', Message: '', ExistingJobStatus }]);
    expect(await transactions.begin(name, 't', 60)).toMatchObject({ state: 'already-exists', existing });
  });

  it('says what the user lacks, and the GRANT that gives it', async () => {
    const Message = 'Access denied; you need (at least one of) the INSERT privilege(s) for this operation';
    const refusal = { status: 200, user: 'etl', text: JSON.stringify({ Status: 'ANALYSIS_ERROR', Message }) };
    expect(await script([refusal]).transactions.begin(name, 't', 60)).toEqual({
      state: 'refused',
      kind: 'privilege',
      message: `The user 'etl'@'%' needs INSERT on TABLE d.t: GRANT INSERT ON TABLE d.t TO USER 'etl'@'%'. StarRocks says: ${Message}`,
    });
  });

  it('is unknown when its answer is lost, and not repeated', async () => {
    const { transactions, calls } = script([lost]);
    expect(await transactions.begin(name, 't', 60)).toMatchObject({ state: 'unknown' });
    expect(calls).toHaveLength(1);
  });

  it('is thrown when nobody can be reached', async () => {
    await expect(script([dead]).transactions.begin(name, 't', 60)).rejects.toBe(dead);
  });
});

describe('the backend that began a transaction', () => {
  const backend = 'http://be1:8040';
  const begun = { status: 200, text: JSON.stringify(ok), backend };

  it('is sent load and prepare at once, and a frontend commit and rollback', async () => {
    const { transactions, calls } = script([begun, busy, ok, ok, ok, ok]);
    await transactions.begin(name, 't', 60);
    await transactions.load(name, destination, body);
    await transactions.prepare(name);
    await transactions.commit(name);
    await transactions.rollback(name);
    expect(calls.map((call) => [call.operation, call.backend])).toEqual([
      ['begin', undefined],
      ['load', backend],
      ['load', backend],
      ['prepare', backend],
      ['commit', undefined],
      ['rollback', undefined],
    ]);
  });

  it('is known for its label only, and until the transaction ends', async () => {
    const { transactions, calls } = script([begun, ok, ok, ok]);
    await transactions.begin(name, 't', 60);
    await transactions.load({ ...name, label: 'b-2' }, destination, body);
    await transactions.rollback(name);
    await transactions.load(name, destination, body);
    expect(calls.map((call) => call.backend)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('is not whoever answered that the label is in use', async () => {
    const inUse = { Status: 'LABEL_ALREADY_EXISTS', Message: '', ExistingJobStatus: 'RUNNING' };
    const { transactions, calls } = script([{ ...begun, text: JSON.stringify(inUse) }, ok]);
    await transactions.begin(name, 't', 60);
    await transactions.load(name, destination, body);
    expect(calls[1]?.backend).toBeUndefined();
  });
});

describe('load', () => {
  it('waits while another call is in processing', async () => {
    const { transactions, calls } = script([busy, busy, ok]);
    expect(await transactions.load(name, destination, body)).toMatchObject({ state: 'ok' });
    expect(calls).toHaveLength(3);
  });

  it('sends equal headers every time, however late it is', async () => {
    const { transactions, calls } = script([busy, ok, ok]);
    await transactions.load(name, destination, body);
    await transactions.load({ ...name, deadlineMs: 99_000 }, destination, body);
    expect(calls[2]?.headers).toEqual(calls[0]?.headers);
    expect(calls[0]?.headers).toMatchObject({ strict_mode: 'true', strip_outer_array: 'true', columns: '`a`' });
  });

  it('tells that the transaction does not exist', async () => {
    const failed = {
      Status: 'FAILED',
      Message: "class com.starrocks.common.StarRocksException: Can't find the transaction with db [d] and label[b-1].",
    };
    expect(await script([gone]).transactions.load(name, destination, body)).toMatchObject({ state: 'not-exists' });
    expect(await script([failed]).transactions.load(name, destination, body)).toMatchObject({ state: 'not-exists' });
  });

  it('gives up as in-processing at the deadline', async () => {
    const { transactions } = script(Array.from({ length: 50 }, () => busy));
    expect(await transactions.load(name, destination, body)).toMatchObject({ state: 'in-processing' });
  });
});

describe('prepare', () => {
  it('is unknown when its answer is lost and the label says PREPARE for ten seconds, however much time is left', async () => {
    const clock = fakeClock();
    const { send } = scriptedSend([lost, ...Array.from({ length: 100 }, () => labelIs('PREPARE'))]);
    const transactions = createTransactions({ send, clock });
    expect(await transactions.prepare({ ...name, deadlineMs: 900_000 })).toMatchObject({ state: 'unknown' });
    expect(clock.now()).toBeLessThanOrEqual(10_000);
  });

  it('brings the row counts', async () => {
    const { transactions, calls } = script([{ ...ok, NumberTotalRows: 3, NumberLoadedRows: 2, NumberFilteredRows: 1 }]);
    const counts = { total: 3, loaded: 2, filtered: 1, unselected: 0 };
    expect(await transactions.prepare(name, 600)).toEqual({ state: 'ok', txnId: 9, counts });
    expect(calls[0]?.headers).toEqual({ prepared_timeout: '600' });
  });

  it.each([
    ['PREPARED', 'ok'],
    ['ABORTED', 'aborted'],
    ['VISIBLE', 'ok'],
  ])('whose answer is lost is settled by the label: %s', async (label, state) => {
    const { transactions } = script([lost, labelIs('PREPARE'), labelIs(label)]);
    expect(await transactions.prepare(name)).toMatchObject({ state });
  });

  it('has worked before when the frontend has forgotten the backend and the label is PREPARED', async () => {
    const Message =
      'class com.starrocks.common.StarRocksException: Transaction with op[prepare] and label[b-1] has no node.';
    const { transactions } = script([{ Status: 'FAILED', Message }, labelIs('PREPARED')]);
    expect(await transactions.prepare(name)).toEqual({ state: 'ok' });
  });

  it('has worked before when the backend has forgotten it and the label is PREPARED', async () => {
    expect(await script([gone, labelIs('PREPARED')]).transactions.prepare(name)).toEqual({ state: 'ok' });
  });

  it('does not exist when the label is never known', async () => {
    const { transactions } = script([gone, labelIs('UNKNOWN'), labelIs('UNKNOWN'), labelIs('UNKNOWN')]);
    expect(await transactions.prepare(name)).toMatchObject({ state: 'not-exists' });
  });

  it('is refused for the data', async () => {
    const { transactions } = script([{ Status: 'INTERNAL_ERROR', Message: 'too many filtered rows' }]);
    expect(await transactions.prepare(name)).toMatchObject({ state: 'refused', kind: 'data' });
  });
});

describe('commit', () => {
  it('says how long to wait for visible rows, in whole seconds, when it is told; rollback does not', async () => {
    const { send, calls } = scriptedSend([ok, ok]);
    const transactions = createTransactions({ send, clock: fakeClock(), publishTimeoutMs: 1500 });
    await transactions.commit(name);
    await transactions.rollback(name);
    expect(calls.map(({ headers }) => headers)).toEqual([{ timeout: '2' }, {}]);
  });

  it('is repeated until it is answered', async () => {
    const { transactions, calls } = script([lost, labelIs('PREPARED'), dead, labelIs('PREPARED'), ok]);
    expect(await transactions.commit(name)).toMatchObject({ state: 'ok' });
    expect(calls.filter((call) => call.operation === 'commit')).toHaveLength(3);
  });

  it('that FAILED for the publish timeout is ok: it was committed before', async () => {
    const { transactions, calls } = script([{ Status: 'FAILED', Message: 'publish timeout: 20000, transactionId=31' }]);
    expect(await transactions.commit(name)).toEqual({ state: 'ok' });
    expect(calls).toHaveLength(1);
  });

  it.each(['COMMITTED', 'VISIBLE'])('that FAILED before that is ok when the label says so: %s', async (label) => {
    const { transactions } = script([{ Status: 'FAILED', Message: 'commit timeout: 20000' }, labelIs(label)]);
    expect(await transactions.commit(name)).toEqual({ state: 'ok' });
  });

  it('of an aborted transaction says so', async () => {
    const { transactions } = script([
      { Status: 'FAILED', Message: 'Can not commit ABORTED transaction 9, label is b-1' },
    ]);
    expect(await transactions.commit(name)).toMatchObject({ state: 'aborted' });
  });

  it('is ok when StarRocks forgot the transaction but not the label', async () => {
    const { transactions } = script([
      { Status: 'FAILED', Message: 'No transaction found with db[d] and label[b-1]' },
      labelIs('VISIBLE'),
    ]);
    expect(await transactions.commit(name)).toEqual({ state: 'ok' });
  });

  it('does not exist when nobody knows the label', async () => {
    const { transactions } = script([
      { Status: 'FAILED', Message: 'No transaction found with db[d] and label[b-1]' },
      labelIs('UNKNOWN'),
    ]);
    expect(await transactions.commit(name)).toMatchObject({ state: 'not-exists' });
  });

  it('is unknown when nobody can be reached until the deadline', async () => {
    const { transactions } = script(Array.from({ length: 100 }, () => dead));
    expect(await transactions.commit(name)).toMatchObject({ state: 'unknown' });
  });

  it('does not take an unknown status word for success', async () => {
    const { transactions } = script([{ Status: 'Success' }, labelIs('ABORTED')]);
    expect(await transactions.commit(name)).toMatchObject({ state: 'aborted' });
  });
});

describe('rollback', () => {
  it('is repeated until it is answered', async () => {
    expect(await script([lost, busy, ok]).transactions.rollback(name)).toMatchObject({ state: 'ok' });
  });

  it('after commit says that the transaction is finished', async () => {
    const { transactions } = script([
      { Status: 'FAILED', Message: 'Can not abort VISIBLE transaction 9, label is b-1' },
    ]);
    expect(await transactions.rollback(name)).toMatchObject({ state: 'already-exists', existing: 'finished' });
  });
});

it('labelState does not make up a state', async () => {
  const { transactions } = script([labelIs('SOMETHING')]);
  await expect(transactions.labelState(name)).rejects.toMatchObject({ code: 'STARROCKS_TRANSIENT' });
});
