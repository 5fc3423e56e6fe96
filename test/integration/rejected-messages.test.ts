import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drainDeadLetters } from '../../local/aws/queues.ts';
import { sqsRecord } from '../builders.ts';
import { openStack, openWorkers } from './delivery-world.ts';
import { allFive, byId, folder, rejected, rowsWithBad, useFolder } from './rejected-world.ts';

useFolder();

describe('rejected rows that are sent twice all the same, exactly-once', () => {
  let sink: Awaited<ReturnType<typeof openStack>>;
  beforeAll(async () => {
    sink = await openStack();
  });
  afterAll(() => sink.close());

  it('are in the table once', async () => {
    const table = await sink.createTable();
    await sink.send(table, rowsWithBad([3]));
    await sink.idle();
    const file = join(folder, 'twice.ndjson');
    await writeFile(file, '{"id":3,"v":3}\n');
    for (let time = 0; time < 3; time++) {
      const words = ['resend', '--table', `d.${table}`, '--rows', file, '--yes', '--again'];
      expect(await rejected(sink, words)).toMatchObject({ exitCode: 0, out: expect.stringContaining('1 rows sent') });
      if (time > 0) await sink.idle();
    }
    expect(byId(await sink.rows(table))).toEqual(allFive);
  });

  it('are in the table once when the first sending lost its answer', async () => {
    const table = await sink.createTable();
    await sink.send(table, rowsWithBad([3]));
    await sink.idle();
    const file = join(folder, 'lost.ndjson');
    await writeFile(file, '{"id":3,"v":3}\n');
    const words = ['resend', '--table', `d.${table}`, '--rows', file, '--yes'];
    sink.aws.faults.add({ action: 'SendMessage', after: true, status: 500, times: 3 });
    expect(await rejected(sink, words)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('not sent. sqs:SendMessage'),
    });
    expect(await rejected(sink, words)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('did not note the end'),
    });
    expect(await rejected(sink, [...words, '--again'])).toMatchObject({ exitCode: 0 });
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(allFive);
  });
});

describe('a message that was rejected whole', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  beforeAll(async () => {
    world = await openWorkers();
  });
  afterAll(() => world.close());

  const strict = { options: { 'sink.tables.allow': 'd.other' } };

  /** What is in the rows queue, as the function gets it. */
  const sent = async () =>
    (await drainDeadLetters(world.sqs, world.resources.rowsQueueUrl)).map(
      ({ MessageId = '', Body = '', MessageAttributes = {} }) =>
        sqsRecord({
          messageId: MessageId,
          body: Body,
          attributes: Object.fromEntries(
            Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
          ),
        }),
    );

  it('is sent as it was, and loaded when the option is corrected', async () => {
    const table = await world.createTable();
    const record = sqsRecord({ messageId: 'p1', body: '{"id":1}\n{"id":2}', attributes: { table, note: 'é' } });
    expect(await world.worker(strict).ingest([record])).toEqual([]);
    const shown = await rejected(world, ['show', '--code', 'TABLE_NOT_ALLOWED']);
    expect(shown.out).toMatch(/message +p1\n(?:.*\n)*? +says +table=.*, note=é\n {2}body +\{"id":1\}\n\{"id":2\}/);
    expect((await rejected(world, ['resend', '--code', 'TABLE_NOT_ALLOWED', '--yes'])).out).toContain('a message sent');
    const [again] = await sent();
    expect(again).toMatchObject({
      body: record.body,
      messageAttributes: { ...record.messageAttributes, 'starrocks-sink-resent': { stringValue: '1767225600000-p1' } },
    });
    expect(await world.worker().ingest([again ?? record])).toEqual([]);
    expect(await world.rows(table)).toEqual(['1', '2']);
    const queue = { QueueUrl: world.resources.rowsQueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] } as const;
    const { Attributes } = await world.sqs.send(
      new GetQueueAttributesCommand({ ...queue, AttributeNames: [...queue.AttributeNames] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '0' });
  });

  it('is known again: what was loaded before is not loaded twice', async () => {
    const table = await world.createTable();
    const record = sqsRecord({ messageId: 'p2', body: '{"id":1}', attributes: { table } });
    expect(await world.worker().ingest([record])).toEqual([]);
    expect(await world.worker(strict).ingest([record])).toEqual([]);
    const { out } = await rejected(world, ['list', '--json']);
    const names = JSON.parse(out).groups.flatMap((group: { names: string[]; resent: number }) =>
      group.resent ? [] : group.names,
    );
    await rejected(world, ['resend', ...names, '--yes', '--again']);
    for (const each of await sent()) expect(await world.worker().ingest([each])).toEqual([]);
    expect(await world.rows(table)).toEqual(['1']);
  });
});
