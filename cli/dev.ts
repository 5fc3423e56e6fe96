import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfigFile } from '../infra/config-file.ts';
import { splitSettings } from '../infra/deployment-table.ts';
import { type Stack, startStack } from '../local/stack.ts';
import type { Release } from '../local/starrocks/release.ts';
import { type StarRocksServer, startStarRocks } from '../local/starrocks/server.ts';
import type { RawOptions } from '../src/options/parse.ts';
import type { Telemetry } from '../src/telemetry.ts';
import { consoleOf } from './console/console-of-stack.ts';
import { invocation } from './invocation.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** What a person asked for; `undefined` where the config file decides. */
export interface DevOptions {
  readonly only?: 'starrocks' | undefined;
  readonly release: Release;
  readonly feHttpPort: number;
  readonly beHttpPort: number;
  readonly queryPort: number;
  readonly awsPort: number;
  readonly config?: string | undefined;
  readonly option?: Readonly<Record<string, string>> | undefined;
  readonly database?: string | undefined;
  readonly table?: string | undefined;
  readonly semantic?: string | undefined;
  readonly fifo?: true | undefined;
  readonly windowMs: number;
  readonly visibilityTimeoutS: number;
  readonly maxReceives: number;
  readonly data?: string | undefined;
  readonly console?: true | undefined;
  readonly json?: true | undefined;
}

/** Runs until it is interrupted. */
export async function runDev(asked: DevOptions): Promise<void> {
  const starrocks = {
    release: asked.release,
    feHttpPort: asked.feHttpPort,
    beHttpPort: asked.beHttpPort,
    queryPort: asked.queryPort,
    ...(asked.data && { dataFile: join(asked.data, 'starrocks.duckdb') }),
  };
  if (asked.data) await mkdir(asked.data, { recursive: true });
  if (asked.only === 'starrocks') {
    const server = await startStarRocks(starrocks);
    console.log(asked.json ? JSON.stringify(starRocksAddresses(server)) : starRocksLines(server));
    await untilInterrupted(() => server.close());
    return;
  }
  const { options, routes, isFifo } = configured(asked);
  const stack = await startStack({
    options,
    routes,
    aws: { port: asked.awsPort, dataDir: asked.data },
    starrocks,
    fifo: isFifo,
    visibilityTimeoutSeconds: asked.visibilityTimeoutS,
    maxReceiveCount: asked.maxReceives,
    windowMs: asked.windowMs,
    telemetry: printing,
  });
  const page =
    asked.console &&
    (await consoleOf(stack).catch(async (error: unknown) => {
      await stack.close();
      throw error;
    }));
  if (asked.json) console.log(JSON.stringify({ ...addresses(stack), ...(page && { console: page.url }) }));
  else console.log(`${lines(stack)}${page ? `\nConsole             ${page.url}` : ''}`);
  await untilInterrupted(async () => {
    await page?.close();
    await stack.close();
  });
}

/** Where things are and how they are reached is the stack's own affair, whatever the deployed sink does. */
const ofTheStack = [
  'load-url',
  'jdbc-url',
  'username',
  'password',
  'sink.secret-id',
  'sink.bucket',
  'sink.load-queue-url',
  'sink.routes',
];

/** What a person says beats the file, and the file what is usual here. */
function configured(asked: DevOptions): {
  readonly options: RawOptions;
  readonly routes: unknown;
  readonly isFifo: boolean;
} {
  const { settings, options, routes } = splitSettings(asked.config === undefined ? {} : readConfigFile(asked.config));
  const kept = Object.entries(options).filter(([name]) => !ofTheStack.includes(name));
  return {
    options: {
      'database-name': 'test',
      'sink.tables.allow': '*.*',
      ...Object.fromEntries(kept),
      ...(asked.database !== undefined && { 'database-name': asked.database }),
      ...(asked.table !== undefined && { 'table-name': asked.table }),
      ...(asked.semantic !== undefined && { 'sink.semantic': asked.semantic }),
      ...asked.option,
    },
    routes,
    isFifo: asked.fifo ?? settings['deploy.fifo'],
  };
}

const starRocksAddresses = (server: StarRocksServer) => ({
  frontend: `http://${server.loadUrl.split(';')[0]}`,
  frontends: server.loadUrl.split(';').map((host) => `http://${host}`),
  backends: server.beUrls,
  queryPort: server.queryPort,
});

const addresses = ({ aws, starrocks, resources }: Stack) => ({
  ready: true,
  ...starRocksAddresses(starrocks),
  endpoint: aws.endpoint,
  rowsQueueUrl: resources.rowsQueueUrl,
  loadQueueUrl: resources.loadQueueUrl,
  bucket: resources.bucket,
});

const starRocksLines = (server: StarRocksServer) => `StarRocks HTTP      http://${server.loadUrl}
StarRocks MySQL     mysql -h 127.0.0.1 -P ${server.queryPort} -u root`;

function lines({ aws, starrocks, resources }: Stack): string {
  const program = invocation(process);
  const place = `--bucket ${resources.bucket} --endpoint ${aws.endpoint}`;
  return `${starRocksLines(starrocks)}
SQS and S3          ${aws.endpoint}
rows queue          ${resources.rowsQueueUrl}
bucket              ${resources.bucket}

Make a table:       mysql -h 127.0.0.1 -P ${starrocks.queryPort} -u root -e 'CREATE DATABASE IF NOT EXISTS test; CREATE TABLE test.t (id BIGINT NOT NULL, name STRING NULL) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)'
Send a row:         echo '{"id":1,"name":"one"}' | ${program} send - --table t --queue-url ${resources.rowsQueueUrl}
Look:               mysql -h 127.0.0.1 -P ${starrocks.queryPort} -u root -e 'SELECT * FROM test.t'
Queues:             ${program} status --queue-url ${resources.rowsQueueUrl} ${place}
Rejected rows:      ${program} rejected list ${place}`;
}

const printing: Telemetry = {
  event: (level, message, fields) => console.error(`${level}: ${message}`, fields),
  count: () => undefined,
};
