import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SQSRecord } from 'aws-lambda';
import { loadNodeOptions, nodeOptions } from '../infra/node-options.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import { segmentKey, writePointer } from '../src/rows/segment.ts';
import { lambdaContext, sqsRecord } from '../test/builders.ts';
import { table } from './events.ts';
import { formatMs, type Line } from './lines.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { compare } from './measure.ts';
import { rowAsJson } from './rows.ts';
import { runNode } from './run-node.ts';
import { startNullSink } from './sink-process.ts';
import { type Semantic, semantics } from './staged-sink.ts';

/** Where the stand-in tells what tables look like, as the option has it. */
export interface StandIn {
  readonly jdbcUrl: string;
}

const mostMs = 150;
const rowsInEvent = 100;

/** What Lambda does with a new instance: it imports the bundle, and hands it an event. */
const programOf = (functionName: string) => `
import { handler } from './${functionName}/handler.mjs';
const [event, context] = process.argv.slice(2).map((text) => JSON.parse(text));
const answer = await handler(event, { ...context, getRemainingTimeInMillis: () => 60_000 });
if (answer.batchItemFailures.length > 0) throw new Error('The message was given back.');
process.exit();`;

interface FirstEvent {
  readonly functionName: 'ingest' | 'load';
  readonly what: string;
  readonly env: Readonly<Record<string, string>>;
  readonly newRecord: () => SQSRecord;
}

/**
 * From a new process to the answer for its first event, for both functions that load: import, options, one load, of ingest also the table's columns by
 * MySQL. Node is started as it is deployed. The columns come from the stand-in, loads go to a StarRocks that throws rows away.
 *
 * @in  folder: where the bundles stand; empty: a program that does nothing
 */
export async function benchFirstLoads(folder: string, empty: string): Promise<readonly Line[]> {
  const child = fork(new URL('./starrocks-process.ts', import.meta.url), { stdio: ['ignore', 2, 2, 'ipc'] });
  const [{ jdbcUrl }] = (await once(child, 'message')) as [StandIn];
  using sink = await startNullSink({ rows: rowsInEvent });
  using aws = await startLocalAws();
  const body = Array.from({ length: rowsInEvent }, (_, index) => JSON.stringify(rowAsJson(index)));
  const starrocks = { 'load-url': sink.frontend.replace('http://', ''), username: 'root', password: '' };
  const bare = variablesFromOptions({ ...starrocks, 'database-name': 'bench', 'table-name': table });
  const columns = variablesFromOptions({ 'jdbc-url': jdbcUrl });
  const ingest = {
    functionName: 'ingest',
    newRecord: () => sqsRecord({ messageId: randomUUID(), body: body.join('\n') }),
  } as const;
  const load = { functionName: 'load', newRecord: await stageSegment(body, aws) } as const;
  const first = await spendFirst({ ...ingest, what: 'with jdbc-url', env: { ...bare, ...columns } }, folder, empty);
  const lines: Line[] = [{ ...first.line, target: { below: 1 } }];
  for (const semantic of semantics) {
    const env = { ...bare, ...variablesOfAws(aws, semantic) };
    const events = [
      { ...ingest, what: `with jdbc-url and bucket, ${semantic}`, env: { ...env, ...columns } },
      { ...load, what: semantic, env },
    ];
    for (const event of events) lines.push((await spendFirst(event, folder, empty, first.ms)).line);
  }
  child.disconnect();
  return lines;
}

/** @in  barest: milliseconds of the event that needs least, if it is held against that */
async function spendFirst(event: FirstEvent, folder: string, empty: string, barest?: number) {
  const { functionName, what, newRecord } = event;
  const env = { ...event.env, NODE_OPTIONS: functionName === 'load' ? loadNodeOptions : nodeOptions };
  const file = join(folder, `first-${functionName}.mjs`);
  writeFileSync(file, programOf(functionName));
  const context = JSON.stringify(lambdaContext(60_000));
  const first = {
    prepare: () => JSON.stringify({ Records: [newRecord()] }),
    run: (records: string) => runNode([file, records, context], env),
  };
  const [ours, node] = await compare(first, { prepare: () => null, run: () => runNode([empty], env) }, 7, 1);
  const ms = ours.wallMs - node.wallMs;
  const line = {
    what: `${functionName} bundle: new process to the end of its first load, ${what}`,
    measured: `${formatMs(ms)} (+ ${formatMs(node.wallMs)}: node)`,
    against: barest === undefined ? `${formatMs(mostMs)}: allowed` : `${formatMs(barest)}: ingest, without bucket`,
    ratio: ms / (barest ?? mostMs),
  };
  return { ms, line };
}

const variablesOfAws = ({ clientConfig, resources }: LocalAws, semantic: Semantic) => ({
  ...variablesFromOptions({
    ...{ 'sink.semantic': semantic, 'sink.bucket': resources.bucket },
    'sink.load-queue-url': resources.loadQueueUrl,
  }),
  ...{ AWS_ENDPOINT_URL: clientConfig.endpoint, AWS_REGION: clientConfig.region },
  ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
});

/** @out  makes messages of pointers, each of a name of its own, that lead to the one segment */
async function stageSegment(rows: readonly string[], { clientConfig, resources }: LocalAws): Promise<() => SQSRecord> {
  const destination = { database: 'bench', table, headers: { format: 'json', strip_outer_array: 'true' } };
  const body = Buffer.from(rows.join(','));
  const key = segmentKey(destination, 'first', 'none');
  const s3 = new S3Client(clientConfig);
  await s3.send(new PutObjectCommand({ Bucket: resources.bucket, Key: key, Body: body }));
  s3.destroy();
  const facts = { destination, key, rows: rows.length, bytes: body.length, compression: 'none' } as const;
  return () => sqsRecord({ messageId: randomUUID(), body: writePointer({ ...facts, id: `first-${randomUUID()}` }) });
}
