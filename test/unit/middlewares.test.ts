import middy from '@middy/core';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { fixedCredentials, secretCredentials } from '../../src/aws/credentials.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { partialBatchFailures, warmCredentials } from '../../src/lambda/middlewares.ts';
import { lambdaContext, sqsRecord } from '../builders.ts';

const event: SQSEvent = { Records: [sqsRecord({ messageId: 'm1' })] };

/** A handler behind the middlewares of the ingest function, as middy runs it. */
function invoke(
  handle: () => Promise<SQSBatchResponse | SQSBatchItemFailure[]>,
  credentials = () => fixedCredentials({ username: 'root', password: '' }),
) {
  const events: { level: string; message: string; code: unknown }[] = [];
  let handled = 0;
  const telemetry = {
    event: (level: string, message: string, fields: Readonly<Record<string, unknown>>) =>
      void events.push({ level, message, code: fields['code'] }),
    count: () => undefined,
  };
  const handler = middy<SQSEvent, SQSBatchResponse | SQSBatchItemFailure[]>()
    .use(partialBatchFailures(telemetry))
    .use(warmCredentials(async () => void (await credentials().read(Number.POSITIVE_INFINITY))))
    .handler(() => {
      handled += 1;
      return handle();
    });
  const answer = Promise.resolve(handler(event, lambdaContext()));
  return { answer, events, handled: () => handled };
}

describe('partialBatchFailures', () => {
  it('answers with the failed messages', async () => {
    const { answer } = invoke(async () => [{ itemIdentifier: 'm1' }]);
    expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  });

  it('answers with none when none failed', async () => {
    expect(await invoke(async () => []).answer).toEqual({ batchItemFailures: [] });
  });

  it('throws an error on, and logs its code', async () => {
    const { answer, events } = invoke(async () => {
      throw new SinkError('STARROCKS_UNREACHABLE', 'Tried fe1:8030.');
    });
    await expect(answer).rejects.toThrow('STARROCKS_UNREACHABLE');
    expect(events).toEqual([
      { level: 'error', code: 'STARROCKS_UNREACHABLE', message: expect.stringContaining('Tried fe1:8030.') },
    ]);
  });

  it('throws an error that is not of the sink on, under its name', async () => {
    const { answer, events } = invoke(async () => {
      throw new RangeError('boom');
    });
    await expect(answer).rejects.toThrow('boom');
    expect(events).toMatchObject([{ level: 'error', code: 'RangeError' }]);
  });

  it('throws when the handler forgets its list, so that nothing counts as loaded', async () => {
    const { answer } = invoke(async () => undefined as unknown as []);
    await expect(answer).rejects.toThrow('no list of failed messages');
  });
});

describe('warmCredentials', () => {
  it('fails before a message is touched, with the words of the secret', async () => {
    const { answer, events, handled } = invoke(
      async () => [],
      () => secretCredentials('prod/starrocks', { now: () => 0 }, async () => 'hunter2'),
    );
    await expect(answer).rejects.toThrow('The secret prod/starrocks is expected');
    expect(handled()).toBe(0);
    expect(events).toMatchObject([{ code: 'OPTIONS_INVALID' }]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  it('fails when the options cannot be read at all', async () => {
    const { answer, handled } = invoke(
      async () => [],
      () => {
        throw new SinkError('OPTIONS_INVALID', 'load-url is required.');
      },
    );
    await expect(answer).rejects.toThrow('load-url is required');
    expect(handled()).toBe(0);
  });
});
