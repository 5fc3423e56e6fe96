import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { RowDataPacket } from 'mysql2/promise';
import { seededRandom } from '../../local/aws/seeded-random.ts';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import type { MySqlPlace } from '../../src/follow/mysql/place.ts';
import { type FollowState, readState, stateKey } from '../../src/follow/state.ts';
import type { FollowerProcess } from '../../test/integration/follow-kills.ts';
import { waitUntilSettled } from '../chaos-found.ts';
import type { World } from '../chaos-world.ts';
import type { Victim } from '../victim.ts';
import { type Moment, moments, untilMoment } from './moments.ts';
import { openSource } from './writers.ts';

export const sourceName = 'shop';

export interface ChaseParts {
  readonly world: World;
  /** The sink's functions. */
  readonly victim: Victim;
  readonly server: DatabaseServer;
  readonly startFollower: () => Promise<FollowerProcess>;
}

export interface ChaseOptions {
  readonly kills: number;
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

const timeLimitMs = 15 * 60_000;
const progressMs = 20_000;
const longestLifeMs = 1500;
/** Of a row that is written last. */
const lastId = 4_000_000_000;

/** Kills the follower again and again, the functions half as often, and the server twice. */
export class Chase {
  readonly #options: ChaseOptions;
  readonly #parts: ChaseParts;
  readonly #random: () => number;
  #follower: FollowerProcess | undefined;
  /** The last change that may stand before the place where the binlog is followed from. */
  watermark = 0;
  readonly killed = { snapshot: 0, binlog: 0 };
  readonly amid: Partial<Record<Moment, number>> = {};
  sinkKilled = 0;
  restarts = 0;

  constructor(options: ChaseOptions, parts: ChaseParts) {
    this.#options = options;
    this.#parts = parts;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<void> {
    const { kills, onProgress } = this.#options;
    await this.#start();
    await this.#untilState(() => true);
    this.watermark = await this.#lastChange();
    for (let kill = 1; kill <= kills; kill++) {
      // Two thirds of the kills come when the tables are copied.
      if (kill > kills / 3) await this.#untilState(({ place }) => place.phase === 'binlog');
      const phase = await this.#killFollower();
      if (kill % 2 === 0) await this.#killFunctions();
      if (kill === Math.ceil(kills / 6) || kill === Math.ceil((kills * 2) / 3)) await this.#restartServer();
      onProgress?.(`killed ${kill} times, the last time in the ${phase}`);
    }
  }

  /** Lets everything arrive that was written. @out what did not happen as it should, one sentence each */
  async finish(): Promise<readonly string[]> {
    const { world, server } = this.#parts;
    const untilMs = performance.now() + timeLimitMs;
    await using source = await openSource(server);
    await source.query(`INSERT INTO shop_1.ledger_0 (id, v) VALUES (${lastId}, 0)`);
    for (let tellMs = performance.now() + progressMs; !(await this.#hasArrived(lastId)); ) {
      if (performance.now() > untilMs) return ['what was written last has not arrived, and the time is over'];
      if (performance.now() > tellMs) {
        tellMs += progressMs;
        this.#options.onProgress?.(
          `${(await this.#state())?.rows} rows are in the queue, ${await this.#loaded()} rows of the history are loaded`,
        );
      }
      await Promise.race([delay(250), this.#alive()]);
    }
    const follower = this.#follower;
    follower?.kill('SIGTERM');
    const ended = await follower?.ended;
    const isSettled = await waitUntilSettled(world, untilMs);
    return [
      ...(ended === 0 ? [] : [`the follower ended with ${ended}`]),
      ...(isSettled ? [] : ['the queues are not empty, or something is in doubt, and the time is over']),
    ];
  }

  async end(): Promise<void> {
    this.#follower?.kill('SIGKILL');
    await this.#follower?.ended;
  }

  async #start(): Promise<void> {
    this.#follower = await this.#parts.startFollower();
    await this.#follower.saw('started');
  }

  async #killFollower(): Promise<MySqlPlace['phase']> {
    const { world } = this.#parts;
    const killed = this.#follower;
    if (killed === undefined) throw new Error('There is no follower to kill.');
    const moment = moments[Math.floor(this.#random() * moments.length)] ?? 'whenever';
    // Whoever follows next waits for its turn already.
    if (moment === 'hand-over') await this.#start();
    const hasCome = await Promise.race([
      untilMoment(moment, { faults: world.aws.faults, random: this.#random, follower: killed }),
      ...(moment === 'hand-over' ? [] : [this.#alive()]),
    ]);
    killed.kill('SIGKILL');
    await killed.ended;
    const phase = (await this.#state())?.place.phase ?? 'snapshot';
    this.killed[phase] += 1;
    const amid = hasCome ? moment : 'whenever';
    this.amid[amid] = (this.amid[amid] ?? 0) + 1;
    if (moment !== 'hand-over') await this.#start();
    return phase;
  }

  async #killFunctions(): Promise<void> {
    await delay(this.#random() * longestLifeMs);
    await this.#parts.victim.kill();
    await this.#parts.victim.start();
    this.sinkKilled += 1;
  }

  async #restartServer(): Promise<void> {
    await delay(this.#random() * longestLifeMs);
    await this.#parts.server.restart();
    this.restarts += 1;
  }

  async #state(): Promise<FollowState<MySqlPlace> | undefined> {
    const { s3, resources } = this.#parts.world;
    const asked = new GetObjectCommand({ Bucket: resources.bucket, Key: stateKey(sourceName) });
    const found = await s3.send(asked).catch((error: Error) => {
      if (error.name === 'NoSuchKey') return undefined;
      throw error;
    });
    return found?.Body && readState<MySqlPlace>(await found.Body.transformToString());
  }

  async #untilState(isSo: (state: FollowState<MySqlPlace>) => boolean): Promise<void> {
    const untilMs = performance.now() + timeLimitMs;
    for (;;) {
      const state = await this.#state();
      if (state && isSo(state)) return;
      if (performance.now() > untilMs) throw new Error(`The state stays ${JSON.stringify(state)}.`);
      await Promise.race([delay(50), this.#alive()]);
    }
  }

  /** Never resolves. @throws Error when the follower ends by itself */
  #alive(): Promise<never> {
    const alive = (this.#follower?.ended ?? Promise.resolve('nobody')).then((how) =>
      Promise.reject(new Error(`The follower ended by itself (${how}).`)),
    );
    alive.catch(() => undefined);
    return alive;
  }

  async #lastChange(): Promise<number> {
    await using source = await openSource(this.#parts.server);
    const [[row]] = await source.query<RowDataPacket[]>('SELECT MAX(seq) AS last FROM audit.changes');
    return Number(row?.['last'] ?? 0);
  }

  async #loaded(): Promise<number> {
    const [[row]] = await this.#parts.world.sql.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM t.ledger');
    return Number(row?.['n']);
  }

  async #hasArrived(id: number): Promise<boolean> {
    const [rows] = await this.#parts.world.sql.query<RowDataPacket[]>(`SELECT id FROM t.ledger WHERE id = ${id}`);
    return rows.length > 0;
  }
}
