import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import mysql from 'mysql2/promise';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createLoad } from '../../functions/load/handler.ts';
import { createHandler as createSweep } from '../../functions/sweep/handler.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { uuidV7 } from '../../src/kit/time-ordered-id.ts';
import { variablesFromOptions } from '../../src/options/sources.ts';
import { lambdaContext } from '../builders.ts';
import { startSecrets } from '../e2e/deployed.ts';
import { rightsOf } from '../infra/rights.ts';
import { leastOptions, synthesize } from '../infra/synthesize.ts';
import { recordRights } from './recorded-rights.ts';

const functions = { ingest: 'IngestRole', load: 'LoaderRole', sweep: 'SweepRole' } as const;
const handlers = { ingest: createIngest, load: createLoad, sweep: createSweep } as const;
const quiet = { event: () => undefined, count: () => undefined };
const secretRight = 'secretsmanager:GetSecretValue secret:starrocks-??????';

/** Rights that no run here uses. */
const unusedFor: Readonly<Record<string, string>> = {
  'sqs:GetQueueUrl SinkRows': 'CDK gives it to whoever reads a queue',
  'sqs:GetQueueUrl SinkLoad': 'CDK gives it to whoever reads a queue',
  's3:GetObjectVersion landing/*': 'for buckets that keep versions; the local one keeps none',
  'at-least-once s3:ListBucket SinkBucket': 'for findings that are not there, which only some deliveries ask for',
  'exactly-once s3:ListBucket SinkBucket': 'for decisions of others that are not there yet, too',
  's3:AbortMultipartUpload origins/*': 'for lists above 32 MiB: the same call as that for segments',
  's3:AbortMultipartUpload rejected/*': 'for lists above 32 MiB: the same call as that for segments',
};

const rowsOf = (from: number, count: number, v = 'x'.repeat(50)) =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, v }));
const linesOf = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
/** Every other row is bad, so that one delivery cannot find them all. */
const halfBad = (from: number, count: number, v?: string) =>
  rowsOf(from, count, v).map((row, index) => (index % 2 === 0 ? row : { ...row, id: `n${index}` }));

const pointerTo = (bucket: string, key: string) =>
  JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: bucket, s3Key: key }]);

/** Everything that a sink does: rows that are loaded at once, staged, in S3, bad; outages; what is left in doubt; a check. */
async function runAll(options: { readonly 'sink.semantic': string; readonly 'jdbc-url'?: string }) {
  const rights = recordRights();
  const stack = await startStack({
    options: {
      ...{ 'database-name': 'd', 'table-name': 't', 'sink.stage-above-bytes': 100_000 },
      ...{ 'sink.payload.buckets': 'landing', ...options },
    },
    ...{ aws: { onAnswer: rights.note }, windowMs: 50, telemetry: quiet, redeliversAtOnce: true, maxReceiveCount: 100 },
  });
  const { aws, resources, starrocks } = stack;
  const [s3, sqs] = [new S3Client(aws.clientConfig), new SQSClient(aws.clientConfig)];
  const sql = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
  const send = (MessageBody: string, MessageAttributes: Record<string, MessageAttributeValue> = {}) =>
    sqs.send(new SendMessageCommand({ QueueUrl: resources.rowsQueueUrl, MessageBody, MessageAttributes }));
  const put = async (Bucket: string, Key: string, Body: string) => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    const StringValue = String(Body.length);
    await send(pointerTo(Bucket, Key), { ExtendedPayloadSize: { DataType: 'Number', StringValue } });
  };
  try {
    await sql.query('CREATE DATABASE d');
    await sql.query('CREATE TABLE d.t (id BIGINT NOT NULL, v VARCHAR(8000)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await s3.send(new CreateBucketCommand({ Bucket: 'landing' }));
    // Comes again, and then has bad rows, of which nothing is known yet.
    starrocks.faults.add({ on: 'load', at: 'be', times: 8, do: { kind: 'close' } });
    await send(linesOf(halfBad(900, 6)));
    await stack.idle();
    // Its answer is lost, so that its label is met again.
    starrocks.faults.add({ on: 'load', at: 'be', do: { kind: 'drop-answer' } });
    await send('{"id":2}');
    await stack.idle();
    for (const body of ['{"id":1}', 'no rows', linesOf(rowsOf(1000, 3000)), linesOf(halfBad(5000, 700, ''))])
      await send(body);
    await send(linesOf(halfBad(10_000, 1600)));
    // Rows between lines that are none: where each stood is too long for a pointer. One is bad.
    await send(`${linesOf(rowsOf(40_000, 2500)).replaceAll('\n', '\nno row\n')}\n{"id":"n"}`);
    // A segment whose rows are all bad, and one whose rows come again.
    await stack.idle();
    await send(linesOf(rowsOf(60_000, 40, 'x'.repeat(5000)).map((row) => ({ ...row, id: 'n' }))));
    await stack.idle();
    const chunk = { chunk: { DataType: 'String', StringValue: uuidV7(Date.now()) } };
    for (const _ of ['once', 'again']) {
      await send(linesOf(rowsOf(70_000, 1600)), chunk);
      await stack.idle();
    }
    await put(resources.bucket, 'payloads/a', linesOf(rowsOf(20_000, 10)));
    await put('landing', 'in/b', linesOf(rowsOf(21_000, 10)));
    await stack.idle();
    if (options['jdbc-url'] === undefined) {
      // Above 32 MiB a segment goes in parts.
      aws.faults.add({ action: 'UploadPart', status: 403, code: 'AccessDenied' });
      await put(resources.bucket, 'payloads/large', linesOf(rowsOf(30_000, 5_200, 'x'.repeat(7000))));
      await stack.idle();
      expect(aws.faults.waiting).toBe(0);
    }
    if (options['sink.semantic'] === 'exactly-once') await leaveInDoubt(stack, send);
    await askEach(stack, rights.add);
    return rights;
  } finally {
    await sql.end();
    await stack.close();
  }
}

/** The sweep meets a batch that is decided and not committed, as a killed function leaves it. */
async function leaveInDoubt({ starrocks, sweep, idle }: Stack, send: (body: string) => Promise<unknown>) {
  const { release } = starrocks.faults.add({ on: 'commit', at: 'fe', do: { kind: 'hold', before: 'call' } });
  const before = new Set(starrocks.spy.calls.map(({ label }) => label));
  const arrived = starrocks.spy.waitFor(
    ({ operation, at, label }) => operation === 'commit' && at === 'fe' && !before.has(label),
  );
  await send('{"id":99}');
  await arrived;
  await sweep();
  release();
  await idle();
}

/** Each function with a secret: it is asked for a check, or runs. */
async function askEach(stack: Stack, add: (caller: string, right: string) => void) {
  const { username: _, password: __, ...options } = stack.options;
  const environment = variablesFromOptions({ ...options, 'sink.secret-id': 'starrocks' });
  for (const [fn, create] of Object.entries(handlers)) {
    await using secrets = await startSecrets((id) => {
      add(fn, `secretsmanager:GetSecretValue secret:${id}-??????`);
      return { username: 'root', password: '' };
    });
    const asked = { AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url, AWS_ACCESS_KEY_ID: fn, AWS_SECRET_ACCESS_KEY: 's' };
    for (const [name, value] of Object.entries({ ...asked, AWS_REGION: 'us-east-1' })) vi.stubEnv(name, value);
    const { clientConfig } = stack.aws;
    const aws = { ...clientConfig, credentials: { ...clientConfig.credentials, accessKeyId: fn } };
    const handler = create({ environment, aws, observer: { telemetry: quiet, middlewares: [] } });
    const answer = await handler((fn === 'sweep' ? {} : { check: true }) as never, lambdaContext());
    if (fn !== 'sweep') expect(JSON.stringify(answer)).not.toContain('"failed"');
  }
}

afterEach(() => vi.unstubAllEnvs());

describe.each(['exactly-once', 'at-least-once'] as const)('the rights of the functions, %s', (semantic) => {
  it('are those that their calls need, no more and no fewer', { timeout: 240_000 }, async () => {
    const fitted = await runAll({ 'sink.semantic': semantic });
    // Without the table's columns StarRocks alone says which rows are bad.
    const unfitted = await runAll({ 'sink.semantic': semantic, 'jdbc-url': '' });
    const options = { ...leastOptions, 'sink.semantic': semantic, 'sink.payload.buckets': 'landing' };
    const { template } = synthesize({ options });
    const deployed = Object.entries(functions).filter(([fn]) => fn !== 'sweep' || semantic === 'exactly-once');
    for (const [fn, role] of deployed) {
      const granted = rightsOf(template(), role);
      const used = fitted.of(fn).union(unfitted.of(fn));
      const unused = granted.filter(
        (right) => !used.has(right) && !unusedFor[right] && !unusedFor[`${semantic} ${right}`],
      );
      const missing = [...used].filter((right) => !granted.includes(right));
      expect({ fn, missing, unused }).toEqual({ fn, missing: [], unused: [] });
      expect(granted).toContain(secretRight);
    }
  });
});
