/** Deploys to an emulator of AWS, and runs what was deployed; see README.md here. */
import { execFile, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { startStarRocks } from '../../local/starrocks/server.ts';
import { createProducer } from '../../src/producer/producer.ts';
import { type DeployedFunction, downloadFunction, invoke, invokeWithMessages } from './deployed-functions.ts';

const { values } = parseArgs({
  options: {
    /** A Python that has moto. */
    with: { type: 'string', default: 'python3' },
  },
});
const user = { username: 'sink', password: 's3cret' };
const stackName = 'StarRocksSink';
const run = promisify(execFile);

function check(what: string, isSo: boolean): void {
  console.log(`${isSo ? 'ok  ' : 'FAIL'} ${what}`);
  if (!isSo) process.exitCode = 1;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}

/** moto takes an address that it is not called by for a bucket's name, so that it is called localhost. */
async function startMoto(folder: string): Promise<{ readonly endpoint: string; stop(): void }> {
  await run(values.with, ['-c', 'import moto.server']).catch(() => {
    console.error(
      `${values.with} has no moto: python3 -m venv .venv && .venv/bin/pip install 'moto[server]==5.2.5', then --with .venv/bin/python.`,
    );
    process.exit(2);
  });
  const port = await freePort();
  const server = spawn(values.with, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', openSync(join(folder, 'moto.log'), 'w')],
  });
  const endpoint = `http://localhost:${port}`;
  const started = Date.now();
  while (
    !(await fetch(`${endpoint}/moto-api/`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (server.exitCode !== null || Date.now() - started > 60_000) throw new Error('moto does not answer.');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { endpoint, stop: () => void server.kill() };
}

const folder = await mkdtemp(join(tmpdir(), 'starrocks-sink-deploy-'));
const [moto, starrocks] = await Promise.all([
  startMoto(folder),
  startStarRocks({ users: { root: '', [user.username]: user.password } }),
]);
const aws = {
  // An address without a name: S3 clients put the bucket before a name.
  AWS_ENDPOINT_URL: moto.endpoint.replace('localhost', '127.0.0.1'),
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_REGION: 'us-east-1',
};
const clientConfig = {
  ...{ endpoint: moto.endpoint, region: aws.AWS_REGION },
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};
const [cloudFormation, lambda, secrets, sqs] = [
  new CloudFormationClient(clientConfig),
  new LambdaClient(clientConfig),
  new SecretsManagerClient(clientConfig),
  new SQSClient(clientConfig),
];
const s3 = new S3Client({ ...clientConfig, forcePathStyle: true });
const config = join(folder, 'sink.json');
const options = {
  'load-url': starrocks.loadUrl,
  'jdbc-url': starrocks.jdbcUrl,
  'database-name': 'demo',
  'table-name': 'events',
  'sink.secret-id': 'starrocks',
  'sink.semantic': 'exactly-once',
  'sink.buffer-flush.interval-ms': 20_000,
  // Everything goes by way of a segment, so that the load function has something to do.
  'sink.stage-above-bytes': 0,
};

async function cdk(...args: readonly string[]): Promise<void> {
  const began = Date.now();
  const all = ['cdk', ...args, '--app', `${process.execPath} test/deploy/app.ts`, '-c', `config=${config}`];
  await run('npx', [...all, '--output', join(folder, 'cdk.out')], {
    env: { ...process.env, ...aws, AWS_ENDPOINT_URL: moto.endpoint },
    maxBuffer: 64 * 1024 ** 2,
  });
  console.log(`     cdk ${args[0]} took ${Math.round((Date.now() - began) / 1000)} s`);
}

// moto forgets a change set that it carried out, which CDK asks to delete before the next.
const deploy = () => cdk('deploy', '--require-approval', 'never', '--method', 'direct');

async function resourcesOf(): Promise<
  readonly { readonly type: string; readonly id: string; readonly name: string }[]
> {
  const found = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: stackName }));
  return (found.StackResources ?? []).map(({ ResourceType, LogicalResourceId, PhysicalResourceId }) => ({
    ...{ type: `${ResourceType}`, id: `${LogicalResourceId}`, name: `${PhysicalResourceId}` },
  }));
}

async function functionOf(name: 'Ingest' | 'Loader' | 'Sweep'): Promise<DeployedFunction> {
  const found = (await resourcesOf()).find(
    ({ type, id }) => type === 'AWS::Lambda::Function' && id.startsWith(`Sink${name}`),
  );
  if (found === undefined) throw new Error(`The stack has no function ${name}.`);
  return downloadFunction(lambda, s3, found.name, { folder: join(folder, found.name), python: values.with, aws });
}

try {
  await writeFile(config, JSON.stringify(options));
  await secrets.send(new CreateSecretCommand({ Name: 'starrocks', SecretString: JSON.stringify(user) }));
  await cdk('bootstrap');
  await deploy();
  const resources = await resourcesOf();
  check(`deployed: ${resources.length} resources`, resources.length > 20);

  const queueOf = (start: RegExp) => resources.find(({ type, id }) => type === 'AWS::SQS::Queue' && start.test(id));
  const rowsQueue = queueOf(/^SinkRows(?!Dead)/)?.name ?? '';
  const bucket = resources.find(({ type }) => type === 'AWS::S3::Bucket')?.name ?? '';
  const sql = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
  await sql.query('CREATE DATABASE demo');
  await sql.query('CREATE TABLE demo.events (id INT NOT NULL, name STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)');
  const producer = createProducer({ queueUrl: rowsQueue, client: sqs });
  await producer.send(
    'events',
    Array.from({ length: 1000 }, (_, id) => ({ id, name: `n${id}` })),
  );
  await producer.close();

  const [ingest, load, sweep] = [await functionOf('Ingest'), await functionOf('Loader'), await functionOf('Sweep')];
  const first = await invokeWithMessages(ingest, sqs, rowsQueue);
  check(
    `the deployed ingest function took ${first.messages} messages of the deployed queue`,
    first.failures === 0 && first.messages > 0,
  );
  const loadQueue =
    load.variables['STARROCKS_SINK_LOAD_QUEUE_URL'] ?? ingest.variables['STARROCKS_SINK_LOAD_QUEUE_URL'];
  const second = await invokeWithMessages(load, sqs, loadQueue ?? '');
  check(`the deployed load function took ${second.messages} pointers`, second.failures === 0 && second.messages > 0);
  const countRows = async () =>
    (await sql.query<RowDataPacket[]>('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM demo.events'))[0][0];
  const counted = await countRows();
  check(`rows in the table: ${counted?.['n']} of 1000`, counted?.['n'] === 1000 && counted['ids'] === 1000);
  await invoke(ingest, first.event);
  check('the same messages again add no row', (await countRows())?.['n'] === 1000);
  await invoke(sweep, {});
  check('the deployed sweep runs to its end', true);

  await writeFile(config, JSON.stringify({ ...options, 'sink.label-prefix': 'again' }));
  await deploy();
  const changed = await functionOf('Ingest');
  check(
    'an option that was changed is in the function that is deployed again',
    changed.variables['STARROCKS_SINK_LABEL_PREFIX'] === 'again',
  );

  await cdk('destroy', '--force');
  const isGone = await resourcesOf().then(
    (left) => left.length === 0,
    () => true,
  );
  check('destroyed: the stack is gone', isGone);
  check(
    'the bucket stays',
    await s3.send(new HeadBucketCommand({ Bucket: bucket })).then(
      () => true,
      () => false,
    ),
  );
  await sql.end();
} catch (error) {
  const [, trace = ''] = (await readFile(join(folder, 'moto.log'), 'utf8')).split(/(?=Traceback)/);
  console.error(trace.slice(0, 4000));
  throw error;
} finally {
  moto.stop();
  await starrocks.close();
  await rm(folder, { recursive: true, force: true });
}
