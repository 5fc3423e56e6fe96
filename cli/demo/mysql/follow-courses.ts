import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseServer } from '../../../local/mysql/database-server.ts';
import type { Stack } from '../../../local/stack.ts';
import { follow } from '../../../src/follow/follow.ts';
import type { TableProgress } from '../../../src/follow/mysql/place.ts';
import { wireFollow } from '../../../src/lambda/wire-follow.ts';
import type { SinkFile } from '../../../src/mysql/sink-file.ts';
import { requireSource } from '../../../src/options/source-settings.ts';
import type { Telemetry } from '../../../src/telemetry.ts';
import { type MigrateTask, runMigrate } from '../../migrate.ts';
import { openSink } from '../../sink-runtime.ts';

const choices: MigrateTask['choices'] = {
  profile: 'native',
  tinyint1: 'tinyint',
  binary: 'varbinary',
  json: 'json',
  shardName: 'doc',
  shardColumns: false,
  orderColumns: false,
  flink: false,
  secretId: 'starrocks-sink',
};

/**
 * Does what `starrocks-sink migrate --apply` does, with the config file of the document.
 *
 * @out  path of a sink.json with the routes that it wrote, and the addresses of this machine
 */
export async function migrateCourses(server: DatabaseServer, stack: Stack, folder: string): Promise<string> {
  const { host, port, user, password } = server;
  const config = join(folder, 'config_prod.conf');
  await writeFile(
    config,
    `[db]
host = ${host}
port = ${port}
user = ${user}
password = ${password}
type = mysql
[other]
be_num = 1
use_decimal_v3 = true
output_dir = ${join(folder, 'result')}
[table-rule.1]
database = ^edu_db_[0-9]*$
table = ^course_[0-9]*$
flink.starrocks.jdbc-url = ${stack.starrocks.jdbcUrl}
flink.starrocks.load-url = ${stack.starrocks.loadUrl}
flink.starrocks.username = root
flink.starrocks.password =
`,
  );
  const task = { config, tls: { mode: 'disabled' }, choices, force: false, strict: true, apply: 'run' } as const;
  await runMigrate(task, { now: Date.now, print: () => undefined, env: {} });
  const written = JSON.parse(await readFile(join(folder, 'result/sink-route.all.json'), 'utf8')) as SinkFile;
  const source = { 'source.name': 'courses', 'source.host': host, 'source.port': port, 'source.user': user };
  const sink = join(folder, 'sink.json');
  await writeFile(
    sink,
    JSON.stringify({ version: 1, options: { ...stack.options, ...source }, routes: written.routes }),
  );
  return sink;
}

export interface CoursesFollower {
  /** Asks again and again. @out milliseconds until it was so. @throws what ended the follower */
  until(isSo: () => Promise<boolean>): Promise<number>;
  stop(): Promise<void>;
}

const askEveryMs = 20;

/** Does what `starrocks-sink follow` does. */
export async function followCourses(
  config: string,
  { password }: DatabaseServer,
  { aws, resources }: Stack,
  {
    telemetry,
    onSnapshot,
  }: { readonly telemetry: Telemetry; readonly onSnapshot: (tables: readonly TableProgress[]) => void },
): Promise<CoursesFollower> {
  const env = { STARROCKS_SOURCE_PASSWORD: password };
  const sink = await openSink({ config, endpoint: aws.endpoint }, env, telemetry);
  const loop = wireFollow(sink.parts, {
    ...{ settings: requireSource(sink.source), queueUrl: resources.rowsQueueUrl, aws: sink.aws },
    ...{ holder: `demo-${process.pid}`, deadlineMs: Number.POSITIVE_INFINITY, waitsForOther: false, onSnapshot },
  });
  const over = new AbortController();
  const following = follow(loop, over.signal);
  const ended = following.then(() => Promise.reject(new Error('The follower has ended.')));
  ended.catch(() => undefined);
  return {
    async until(isSo) {
      const begunMs = performance.now();
      while (!(await Promise.race([isSo(), ended]))) await delay(askEveryMs);
      return Math.round(performance.now() - begunMs);
    },
    async stop() {
      over.abort();
      await following;
    },
  };
}
