import assert from 'node:assert/strict';
import test from 'node:test';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

test('clicks reach their table', async () => {
  const sink = await startTestSink({ options, database: 'shop', tables: [table] });
  try {
    await sink.send('clicks', [
      { id: 1, page: '/', at: '2026-01-01 10:00:00' },
      { id: 2, page: '/cart', at: '2026-01-01T11:00:00Z' },
    ]);
    await sink.settled();
    assert.deepEqual(await sink.query('SELECT id, page FROM clicks ORDER BY id'), [
      { id: 1, page: '/' },
      { id: 2, page: '/cart' },
    ]);
  } finally {
    await sink.close();
  }
});
