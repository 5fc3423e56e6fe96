import { crc32 } from 'node:zlib';
import { fixedCredentials, secretCredentials } from '../aws/credentials.ts';
import type { FollowLoop } from '../follow/follow.ts';
import { lookAt } from '../follow/journal.ts';
import { checkTargets } from '../follow/mysql/check-targets.ts';
import { openMySql } from '../follow/mysql/open-mysql.ts';
import type { MySqlPlace, TableProgress } from '../follow/mysql/place.ts';
import { createSchemaChanges } from '../follow/mysql/schema-changes.ts';
import { rowsQueue } from '../follow/rows-queue.ts';
import { createRoom } from '../follow/send-chunks.ts';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import { SinkError } from '../kit/errors.ts';
import { timeOrderedId } from '../kit/time-ordered-id.ts';
import { runStatements } from '../mysql/apply.ts';
import { connectSource } from '../mysql/follow/connect-source.ts';
import type { SourceFinding } from '../mysql/follow/source.ts';
import type { ObjectStore } from '../object-store.ts';
import { isExactlyOnce, tellsOrder } from '../options/route-facts.ts';
import type { SourceSettings } from '../options/source-settings.ts';
import { readTable } from '../starrocks/schema.ts';
import type { AwsConfig } from './runtime.ts';
import type { Parts } from './wiring.ts';

/** One run of a follower. */
export interface FollowRun {
  readonly settings: SourceSettings;
  readonly queueUrl: string;
  readonly aws: AwsConfig;
  /** Who follows, unlike anybody else. */
  readonly holder: string;
  /** Epoch milliseconds behind which no call goes on; infinity: there is no end. */
  readonly deadlineMs: number;
  readonly waitsForOther: boolean;
  readonly onSnapshot?: (tables: readonly TableProgress[]) => void;
}

/** Two portions are in memory at a time; rows of a chunk and its attributes fit a message. */
const sizes = { portionBytes: 4 * 1024 ** 2, chunkBytes: 900 * 1024 } as const;
const timeoutMs = 30_000;

/**
 * Everything that following a MySQL server needs, made from options.
 *
 * @throws SinkError OPTIONS_INVALID, FOLLOW_SEMANTIC, FOLLOW_QUEUE_UNORDERED
 */
export function wireFollow(parts: Parts, run: FollowRun): FollowLoop<MySqlPlace> {
  const { clock, telemetry, routes } = parts;
  const { settings, holder, deadlineMs } = run;
  const { objects } = parts.reach(deadlineMs);
  if (objects === undefined) throw new SinkError('OPTIONS_INVALID', 'Following a source needs sink.bucket.');
  refuseSemantics(parts);
  refuseOrders(parts);
  const queue = rowsQueue(run.queueUrl, { config: run.aws, clock, needsOrder: !routes.all.every(tellsOrder) });
  const source = settings['source.name'];
  const leaseMs = settings['source.lease-ms'];
  const newId = () => timeOrderedId(clock.now());
  const target = starRocks(parts, deadlineMs);
  const deps = {
    ...{ source, holder, leaseMs, objects, clock, deadlineMs, queue, newId },
    room: createRoom({ queue, clock, mostWaiting: settings['source.most-waiting'] }),
    payloads: payloadsIn(objects, parts),
    sent: (rows: number) => telemetry.count('SourceRows', rows),
  };
  const following = {
    ...{ name: source, routes, objects, clock, newId, onSnapshot: run.onSnapshot },
    onSchemaChange: createSchemaChanges({ routes, ...target }),
    limits: {
      ...sizes,
      flushMs: settings['source.flush-ms'],
      parallelRanges: settings['source.snapshot.parallel'],
      groupsPerTable: settings['source.groups-per-table'],
    },
  };
  return {
    open: () =>
      openMySql({
        ...following,
        connect: async () => connectSource(await addressOf(parts, settings, deadlineMs), routes),
        checkTargets: async (tables) => {
          if (parts.options['jdbc-url'] === undefined) return [untold];
          const place = (await lookAt<MySqlPlace>(source, deps))?.place;
          const check = checkTargets({ tables, targetOf: target.targetOf, isBegun: place?.phase === 'binlog' });
          // Rows can wait in the queue while StarRocks, or its secret, is away.
          return check.catch((error: unknown) => [unseen(error)]);
        },
        tell: ({ where, text }) => telemetry.event('warn', text, { source, where }),
      }),
    waitsForOther: run.waitsForOther,
    onTrouble: (error, waitsMs) =>
      telemetry.event('warn', 'Following is interrupted', { source, waitsMs, reason: String(error) }),
    deps,
  };
}

const unseen = (error: unknown): SourceFinding => ({
  ...{ weight: 'tell', where: 'StarRocks', statements: [] },
  text: `whether its tables fit was not looked at: ${error instanceof Error ? error.message : String(error)}`,
});

const untold: SourceFinding = {
  ...{ weight: 'tell', where: 'jdbc-url', statements: [] },
  text: 'it is not set: whether the tables in StarRocks fit is not looked at.',
};

/** Whoever reads the binlog knows the order of its changes. */
function refuseOrders({ routes }: Parts): void {
  const other = routes.all.find(({ options }) => ![undefined, 'position'].includes(options['sink.order-by']));
  if (other === undefined) return;
  const { target, options } = other;
  throw new SinkError(
    'OPTIONS_INVALID',
    `sink.order-by of ${target.database}.${target.table} is ${options['sink.order-by']}, and has to be position where a binlog is followed.`,
  );
}

function refuseSemantics({ routes, options }: Parts): void {
  const loose = routes.all.find((route) => !isExactlyOnce(route));
  if (loose === undefined && (routes.all.length > 0 || options['sink.semantic'] === 'exactly-once')) return;
  const where = loose ? ` for ${loose.target.database}.${loose.target.table}` : '';
  throw new SinkError('FOLLOW_SEMANTIC', `sink.semantic is at-least-once${where}.`);
}

/** Rows that are too large for a message. */
const payloadsIn = (objects: ObjectStore, { options }: Parts) => ({
  bucket: options['sink.bucket'] ?? '',
  prefix: bucketPrefixes.payloads,
  put: (key: string, text: string) => {
    const body = Buffer.from(text);
    return objects.putBody(key, {
      bytes: body.length,
      async *open() {
        yield body;
      },
    });
  },
});

async function addressOf({ clock }: Parts, settings: SourceSettings, deadlineMs: number) {
  const secretId = settings['source.secret-id'];
  const given = { username: settings['source.user'] ?? '', password: settings['source.password'] ?? '' };
  const credentials = secretId === undefined ? fixedCredentials(given) : secretCredentials(secretId, clock);
  const { username: user, password } = await credentials.read(deadlineMs);
  const [host = '', port, ca] = [settings['source.host'], settings['source.port'], settings['source.tls.ca']];
  return {
    address: { host, port, user, password },
    tls: { mode: settings['source.tls.mode'], ...(ca === undefined ? {} : { ca }) },
    leaveOut: settings['source.leave-out'],
    columnNames: settings['source.column-names'],
    serverId: settings['source.server-id'] ?? serverIdOf(settings['source.name']),
  };
}

/** Far from the ids that people give: they count from 1. */
const serverIdOf = (name: string) => 2_000_000_000 + (crc32(name) % 2_000_000_000);

function starRocks({ options, credentials, clock, telemetry }: Parts, deadlineMs: number) {
  const access = async () => {
    const jdbcUrl = options['jdbc-url'];
    if (jdbcUrl === undefined)
      throw new SinkError('OPTIONS_INVALID', 'jdbc-url is required: a table of the source has changed.');
    const { username: user, password } = await credentials.read(deadlineMs);
    return { jdbcUrl, user, password };
  };
  const told = (statement: string) => telemetry.event('warn', 'A table changed as its source did', { statement });
  return {
    told,
    targetOf: async (database: string, table: string) => readTable({ ...(await access()), timeoutMs }, database, table),
    run: async (statement: string) => runStatements(await access(), [statement], { clock, tell: told }),
  };
}
