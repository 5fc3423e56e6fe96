import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type Pool } from 'mysql2/promise';
import { createLocalResources, type LocalResources } from '../local/aws/queues.ts';
import { type LocalAws, startAws } from '../local/aws/server.ts';
import { type StarRocksServer, startStarRocks } from '../local/starrocks/server.ts';

/** Queues, bucket and StarRocks around functions that run in a process of their own. */
export interface World extends AsyncDisposable {
  readonly aws: LocalAws;
  readonly starrocks: StarRocksServer;
  readonly resources: LocalResources;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly sql: Pool;
}

export interface WorldOptions {
  /** Decides disorder and duplicates. */
  readonly seed: number;
  /** Statements that make the tables. */
  readonly tables: readonly string[];
  readonly fifo?: boolean;
  /** Frontends besides the leader. */
  readonly followers?: number;
  readonly visibilityTimeoutSeconds?: number;
}

/** Of both queues, where a function of a minute would have six minutes: short, so that what was killed comes again soon. */
export const shortVisibilitySeconds = 4;
/** Who loads: a password that can be told in any log. */
export const loader = { username: 'loader', password: 'pass-for-nobody-to-read' } as const;
/** StarRocks forgets everything but this many transactions. */
const labelsKept = 20;

export async function openWorld(options: WorldOptions): Promise<World> {
  const { seed, tables, fifo = false, followers = 0, visibilityTimeoutSeconds = shortVisibilitySeconds } = options;
  const config = { label_keep_max_num: labelsKept, label_clean_interval_second: 0.1 };
  const [aws, starrocks] = await Promise.all([
    startAws({ seed, disorder: 50, duplicates: 0.05 }),
    startStarRocks({ config, followers, users: { root: '', [loader.username]: loader.password } }),
  ]);
  const resources = await createLocalResources(aws.endpoint, { fifo, visibilityTimeoutSeconds, maxReceiveCount: 1000 });
  const sqs = new SQSClient({ ...aws.clientConfig, maxAttempts: 1 });
  // A fault that is meant for the functions may meet whoever looks on.
  const inTime = { requestTimeout: 2000, throwOnRequestTimeout: true };
  const s3 = new S3Client({ ...aws.clientConfig, requestHandler: inTime });
  // A pool connects again when the frontend was away.
  const sql = mysql.createPool({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root', connectionLimit: 1 });
  for (const statement of tables) await sql.query(statement);
  return {
    ...{ aws, starrocks, resources, sqs, s3, sql },
    async [Symbol.asyncDispose]() {
      await sql.end();
      sqs.destroy();
      s3.destroy();
      await Promise.all([aws.close(), starrocks.close()]);
    },
  };
}
