import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import type { LoadRequest } from '../../src/ports.ts';
import { createStarRocks } from '../../src/starrocks/stream-load.ts';
import { fakeClock, labelIs, type Step, scriptedSend } from './scripted-starrocks.ts';

const success = { Status: 'Success', Message: 'OK', TxnId: 7, NumberTotalRows: 2, NumberLoadedRows: 2 };
const lost = new SinkError('ANSWER_LOST', 'be:8040 did not answer.');
const shuttingDown = { Status: 'Fail', Message: 'Service is shutting down, please retry later!' };

function request(headers: Record<string, string> = {}, deadlineMs = 60_000): LoadRequest {
  return {
    destination: { database: 'd', table: 't', headers },
    label: 'l-1',
    body: { bytes: 2, open: () => [Buffer.from('[]')] },
    rows: 2,
    deadlineMs,
  };
}

function load(steps: readonly Step[], asked = request()) {
  const { send, calls } = scriptedSend(steps);
  const clock = fakeClock();
  const fetchErrorLog = async (url: string): Promise<string> => `Error: bad column 'c' at ${url}. Row: [secret]`;
  const starRocks = createStarRocks({ send: Object.assign(send, { fetchErrorLog }), clock, maxRetries: 2 });
  return { result: starRocks.load(asked), calls, clock };
}

const operations = (calls: readonly { operation: string }[]): string[] => calls.map((call) => call.operation);

describe('the headers', () => {
  it('are safe by default, and leave StarRocks less time than the caller has', async () => {
    const { result, calls } = load([success]);
    await result;
    expect(calls[0]?.headers).toEqual({
      format: 'json',
      strict_mode: 'true',
      max_filter_ratio: '0',
      timezone: 'UTC',
      ignore_json_size: 'true',
      strip_outer_array: 'true',
      timeout: '58',
    });
  });

  it('of the destination win, except a timeout that is too long', async () => {
    const { result, calls } = load([success], request({ format: 'csv', max_filter_ratio: '0.1', timeout: '600' }));
    await result;
    expect(calls[0]?.headers).toEqual({
      format: 'csv',
      strict_mode: 'true',
      max_filter_ratio: '0.1',
      timezone: 'UTC',
      timeout: '58',
    });
  });

  it('of a change-event envelope do not strip an array', async () => {
    const { result, calls } = load([success], request({ envelope: 'debezium', timeout: '5' }));
    await result;
    expect(calls[0]?.headers).not.toHaveProperty('strip_outer_array');
    expect(calls[0]?.headers?.['timeout']).toBe('5');
  });
});

describe('a load that succeeds', () => {
  it('gives transaction and counts', async () => {
    const counts = { total: 2, loaded: 2, filtered: 0, unselected: 0 };
    expect(await load([success]).result).toEqual({ state: 'loaded', visible: true, already: false, txnId: 7, counts });
  });

  it('is marked when StarRocks counted another number of rows', async () => {
    expect(await load([{ ...success, NumberTotalRows: 1 }]).result).toMatchObject({
      state: 'loaded',
      miscounted: true,
    });
  });

  it('is found already done under its label', async () => {
    const { result } = load([{ Status: 'Label Already Exists', ExistingJobStatus: 'FINISHED', TxnId: -1 }]);
    expect(await result).toEqual({ state: 'loaded', visible: false, already: true });
  });

  it.each([
    ['COMMITTED', false],
    ['VISIBLE', true],
    ['UNKNOWN', false],
  ])('is loaded after a publish timeout, label %s', async (state, visible) => {
    const { result, calls } = load([{ ...success, Status: 'Publish Timeout' }, labelIs(state)]);
    expect(await result).toMatchObject({ state: 'loaded', visible });
    expect(calls).toHaveLength(2);
  });

  it('is loaded after a publish timeout, also when nobody answers the question', async () => {
    const unreachable = new SinkError('STARROCKS_UNREACHABLE', 'Tried fe.');
    const { result } = load([{ ...success, Status: 'Publish Timeout' }, unreachable]);
    expect(await result).toMatchObject({ state: 'loaded', visible: false });
  });
});

describe('a lost answer', () => {
  it.each([
    ['VISIBLE', true],
    ['COMMITTED', false],
  ])('is found loaded by its label: %s', async (state, visible) => {
    const { result, calls } = load([lost, labelIs('PREPARE'), labelIs('PREPARED'), labelIs(state)]);
    expect(await result).toEqual({ state: 'loaded', visible, already: true });
    expect(operations(calls)).toEqual(['stream_load', 'get_load_state', 'get_load_state', 'get_load_state']);
    expect(calls.every((call) => call.label === 'l-1')).toBe(true);
  });

  it('is sent again under the same label once that is aborted', async () => {
    const { result, calls } = load([lost, labelIs('ABORTED'), success]);
    expect(await result).toMatchObject({ state: 'loaded', already: false });
    expect(calls[2]).toMatchObject({ operation: 'stream_load', label: 'l-1' });
  });

  it('is not sent again before StarRocks has denied the label three times', async () => {
    const { result, calls } = load([lost, labelIs('UNKNOWN'), labelIs('UNKNOWN'), labelIs('UNKNOWN'), success]);
    expect(await result).toMatchObject({ state: 'loaded' });
    const asked = Array.from({ length: 3 }, () => 'get_load_state');
    expect(operations(calls)).toEqual(['stream_load', ...asked, 'stream_load']);
  });

  it('begins to count anew when the label shows up after all', async () => {
    const { result } = load([lost, labelIs('UNKNOWN'), labelIs('UNKNOWN'), labelIs('PREPARE'), labelIs('VISIBLE')]);
    expect(await result).toMatchObject({ state: 'loaded', already: true });
  });

  it('stays unknown when the label is open until the deadline', async () => {
    const { result, clock } = load([lost, ...Array.from({ length: 100 }, () => labelIs('PREPARE'))]);
    expect(await result).toMatchObject({ state: 'unknown' });
    expect(clock.now()).toBeLessThanOrEqual(60_000);
    expect(clock.slept.slice(0, 5)).toEqual([200, 500, 1_000, 2_000, 2_000]);
  });

  it('stays unknown when every try is lost and the label is never known', async () => {
    const denied = [lost, labelIs('UNKNOWN'), labelIs('UNKNOWN'), labelIs('UNKNOWN')];
    expect(await load([...denied, ...denied, ...denied]).result).toMatchObject({ state: 'unknown' });
  });

  it('is refused when every try is lost and aborted', async () => {
    const { result } = load([lost, labelIs('ABORTED'), lost, labelIs('ABORTED'), lost, labelIs('ABORTED')]);
    expect(await result).toMatchObject({ state: 'refused', kind: 'transient' });
  });

  it('is asked about again when the question itself fails', async () => {
    const { result } = load([lost, lost, { status: 503, text: 'busy' }, labelIs('VISIBLE')]);
    expect(await result).toMatchObject({ state: 'loaded', already: true });
  });
});

describe('an answer that settles nothing', () => {
  it.each([
    {
      Status: 'Fail',
      Message: 'Commit transaction fail cause x, Transaction status unknown, you can retry with same label.',
    },
    { Status: 'Fail', Message: 'Label [l-1] has already been used.' },
    { Status: 'Label Already Exists', ExistingJobStatus: 'RUNNING' },
    { status: 502, text: '<html>' },
  ])('%j: the label decides', async (answer) => {
    expect(await load([answer, labelIs('VISIBLE')]).result).toMatchObject({ state: 'loaded', already: true });
  });

  it('under merge commit asks for the label that the server made', async () => {
    const merged = request({ enable_merge_commit: 'true' });
    const answer = { Status: 'Fail', Message: 'Load has not been published before timeout', Label: 'merge_commit_1' };
    const { result, calls } = load([answer, labelIs('VISIBLE')], merged);
    expect(await result).toMatchObject({ state: 'loaded' });
    expect(calls[1]?.label).toBe('merge_commit_1');
  });

  it('under merge commit is not repeated when even that label was lost', async () => {
    const { result, calls } = load([lost], request({ enable_merge_commit: 'true' }));
    expect(await result).toMatchObject({ state: 'unknown' });
    expect(calls).toHaveLength(1);
  });
});

describe('a failure', () => {
  it('that passes is retried under the same label, with jitter, as often as allowed', async () => {
    const { result, calls, clock } = load([shuttingDown, shuttingDown, shuttingDown]);
    expect(await result).toMatchObject({ state: 'refused', kind: 'transient' });
    expect(calls.map((call) => call.label)).toEqual(['l-1', 'l-1', 'l-1']);
    expect(clock.slept).toEqual([375, 750]);
  });

  it('that passes is not retried when there is no time left', async () => {
    const { result, calls } = load([shuttingDown], request({}, 3_100));
    expect(await result).toMatchObject({ state: 'refused', kind: 'transient' });
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['throttled', 'current running txns on db 1 is 1000, larger than limit 1000'],
    ['configuration', 'unknown table "d.t"'],
    ['access', "Access denied for 'u'@'h'"],
  ])('that is %s comes back at once', async (kind, message) => {
    const { result, calls } = load([{ Status: 'Fail', Message: message }]);
    expect(await result).toMatchObject({ state: 'refused', kind });
    expect(calls).toHaveLength(1);
  });

  it('for a privilege says which, on what, and the GRANT that gives it', async () => {
    const message = "Access denied for user 'etl'@'10.%'. Please ask the admin to grant permission(s)";
    const text = JSON.stringify({ status: 'FAILED', code: '1', msg: message, message });
    expect(await load([{ status: 401, text }]).result).toEqual({
      state: 'refused',
      kind: 'privilege',
      message: `The user 'etl'@'10.%' needs INSERT on TABLE d.t: GRANT INSERT ON TABLE d.t TO USER 'etl'@'10.%'. StarRocks says: ${message}`,
    });
  });

  it('for the data brings the error log without the rows', async () => {
    const { result } = load([{ Status: 'Fail', Message: 'too many filtered rows', ErrorURL: 'http://be/log' }]);
    const errorLog = "Error: bad column 'c' at http://be/log. Row: [redacted]";
    expect(await result).toEqual({ state: 'refused', kind: 'data', message: 'too many filtered rows', errorLog });
  });

  it('to reach a backend is retried, and thrown when it stays', async () => {
    const dead = new SinkError('BACKEND_UNREACHABLE', 'The address is be:8040.');
    expect(await load([dead, success]).result).toMatchObject({ state: 'loaded' });
    await expect(load([dead, dead, dead]).result).rejects.toBe(dead);
  });

  it('of a redirect is thrown at once', async () => {
    const refused = new SinkError('REDIRECT_REFUSED', 'The host is evil.');
    const { result, calls } = load([refused]);
    await expect(result).rejects.toBe(refused);
    expect(calls).toHaveLength(1);
  });

  it('to have time for a load sends nothing', async () => {
    const { result, calls } = load([], request({}, 2_500));
    await expect(result).rejects.toMatchObject({ code: 'DEADLINE_NEAR' });
    expect(calls).toHaveLength(0);
  });
});
