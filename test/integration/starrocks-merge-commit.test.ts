import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskRecord } from '../../local/starrocks/load-records.ts';
import { labelState, newLabel, put } from '../contract/calls.ts';
import { openMemoryStarRocks } from './memory-starrocks.ts';

let target: Awaited<ReturnType<typeof openMemoryStarRocks>>;
beforeAll(async () => {
  target = await openMemoryStarRocks();
});
afterAll(() => target.close());

const merged = {
  format: 'json',
  enable_merge_commit: 'true',
  merge_commit_interval_ms: '30',
  merge_commit_parallel: '1',
};

describe('merge commit', () => {
  it('gathers loads into one transaction, and echoes labels as RequestId', async () => {
    const labels = [newLabel(), newLabel(), newLabel()];
    const replies = await Promise.all(
      labels.map((label, index) => put(target, 'items', { ...merged, label }, `{"id":${index},"name":"n"}`)),
    );
    expect(new Set(replies.map(({ json }) => json['TxnId'])).size).toBe(1);
    expect(replies.map(({ json }) => json['RequestId'])).toEqual(labels);
    for (const { json } of replies) {
      expect(json).toMatchObject({ Status: 'Success', Message: 'OK' });
      expect(json['Label']).toMatch(/^merge_commit_[-\w]+$/);
      expect(json).not.toHaveProperty('NumberTotalRows');
      expect(await labelState(target, String(json['Label']))).toBe('VISIBLE');
    }
    expect(await target.rows('items')).toEqual(['0,n', '1,n', '2,n']);
    expect(await labelState(target, labels[0]!)).toBe('UNKNOWN');
  });

  it('loads the same label twice', async () => {
    const label = newLabel();
    const before = (await target.rows('items')).length;
    await put(target, 'items', { ...merged, label }, '{"id":7,"name":"n"}');
    await put(target, 'items', { ...merged, label }, '{"id":7,"name":"n"}');
    expect(await target.rows('items')).toHaveLength(before + 2);
  });

  it('fails every request of a group for one bad row', async () => {
    const [good, bad] = await Promise.all([
      put(target, 'strict', merged, '{"id":1,"name":"a","amount":1}'),
      put(target, 'strict', merged, '{"id":1,"name":"a"}'),
    ]);
    for (const { json } of [good, bad]) {
      const reason =
        'There is a data quality issue. Please check the tracking URL or SQL for details. Tracking URL: http:';
      expect(json).toMatchObject({
        Status: 'Fail',
        Message: expect.stringContaining(`Load is aborted, reason: ${reason}`),
      });
    }
    expect(await target.rows('strict')).toEqual([]);
  });

  it('calls a late publish a failure, although the rows are committed', async () => {
    target.standIn.faults.add({ on: 'stream_load', at: 'be', do: { kind: 'delay-publish' } });
    const { json } = await put(target, 'strict', merged, '{"id":1,"name":"late","amount":1}');
    expect(json).toMatchObject({ Status: 'Fail', Message: 'Load has not been published before timeout' });
    await target.standIn.faults.publishPending();
    expect(await target.rows('strict')).toEqual(['1,late,1']);
  });

  it('is one row of information_schema.loads, with its parameters and counts', async () => {
    const { json } = await put(target, 'strict', { ...merged, max_filter_ratio: '0' }, '{"id":1,"name":"n"}');
    const task = target.standIn.loadTasks().find(({ label }) => label === json['Label']);
    expect(task && taskRecord(task, Date.now())).toMatchObject({
      STATE: 'CANCELLED',
      TYPE: 'MERGE_COMMIT',
      WAREHOUSE: 'default_warehouse',
      SCAN_ROWS: 1,
      FILTERED_ROWS: 1,
      SINK_ROWS: 0,
      PROPERTIES:
        '{"enable_merge_commit":"true","format":"json","max_filter_ratio":"0","merge_commit_interval_ms":"30","merge_commit_parallel":"1"}',
      ERROR_MSG: expect.stringMatching(/^There is a data quality issue\..* JOB_ID=\d+$/s),
      TRACKING_SQL: `SELECT tracking_log FROM information_schema.load_tracking_logs WHERE JOB_ID=${task?.id}`,
    });
  });

  it('is cancelled under its own label, and what comes later is another load', async () => {
    const patient = { ...merged, merge_commit_interval_ms: '600000', merge_commit_async: 'true' };
    const first = await put(target, 'items', patient, '{"id":8,"name":"n"}');
    const label = String(first.json['Label']);
    expect(await labelState(target, label)).toBe('PREPARE');
    const cancelled = await fetch(`${target.standIn.feUrl}/api/${target.database}/items/_cancel?label=${label}`, {
      method: 'POST',
      headers: { authorization: target.authorization },
    });
    expect(await cancelled.json()).toEqual({ status: 'OK', code: '0', msg: 'Success', message: 'OK' });
    expect(await labelState(target, label)).toBe('ABORTED');
    const second = await put(target, 'items', patient, '{"id":9,"name":"n"}');
    expect(second.json['Label']).not.toBe(label);
  });

  it('answers an asynchronous request before its rows are in', async () => {
    const { json } = await put(target, 'items', { ...merged, merge_commit_async: 'true' }, 'not json');
    expect(json).toMatchObject({ Status: 'Success', RequestId: '' });
  });

  it.each([
    [{ merge_commit_interval_ms: '0' }, 'Batch write interval must be set positive, but is 0'],
    [{ merge_commit_parallel: '-1' }, 'Batch write parallel must be set positive, but is -1'],
  ])('is refused by the frontend when it is not set up: %j', async (headers, message) => {
    const reply = await put(target, 'items', { ...merged, ...headers }, '{}');
    expect(reply.location).toBeUndefined();
    expect(reply).toMatchObject({
      status: 200,
      json: { code: 'INVALID_ARGUMENT', status: 'FAILED', msg: message, message },
    });
  });
});
