import { expect, it } from 'vitest';
import { loadQueue } from '../../src/aws/load-queue.ts';
import { destination } from '../builders.ts';

/** The message group in which the pointer of a table's segment is sent to a FIFO queue. */
async function groupOf(database: string, table: string): Promise<unknown> {
  const sent: { MessageGroupId?: unknown }[] = [];
  const send = loadQueue('http://127.0.0.1:1/000000000000/load.fifo', {
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: {
      handle: (request: { readonly body: Uint8Array }) => {
        sent.push(JSON.parse(Buffer.from(request.body).toString()));
        return Promise.reject(new Error('It was only looked at.'));
      },
    },
  });
  const segment = { id: 's1', key: 'segments/s1', rows: 1, bytes: 1, compression: 'none' } as const;
  await send({ ...segment, destination: destination({ database, table }) }).catch(() => undefined);
  expect(sent).toHaveLength(1);
  return sent[0]?.MessageGroupId;
}

it('keeps the pointers of a table in one message group, which SQS takes whatever the table is called', async () => {
  const group = await groupOf('shop', 'orders');
  expect(await groupOf('shop', 'orders')).toBe(group);
  expect(await groupOf('shop', 'people')).not.toBe(group);
  expect(await groupOf('a', 'b.c')).not.toBe(await groupOf('a.b', 'c'));
  expect(await groupOf('店'.repeat(256), '表'.repeat(256))).toMatch(/^[\x21-\x7e]{1,128}$/);
});
