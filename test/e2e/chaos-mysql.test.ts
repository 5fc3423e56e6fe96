import { afterAll, describe, expect, it } from 'vitest';
import { runMySqlChaos } from '../../bench/mysql-chaos/run.ts';
import { startFollowable } from '../../local/mysql/followable.ts';

const start = await startFollowable.mariadb();
afterAll(async () => {
  if ('server' in start) await start.server.stop();
});

describe('twenty tables that are written while they are followed', () => {
  it.skipIf('missing' in start)(
    'are mirrored row by row and remembered change by change, although follower, functions and server are killed',
    { timeout: 300_000 },
    async () => {
      if (!('server' in start)) return;
      const { server } = start;
      const { mirrored, changes, killed, sinkKilled, restarts, ...rest } = await runMySqlChaos({
        ...{ server, rows: 3000, kills: 3, seed: 5 },
      });
      expect(rest).toMatchObject({ broken: [], differing: 0, lost: 0, doubled: 0, disordered: 0 });
      expect(killed.snapshot + killed.binlog).toBe(3);
      expect([sinkKilled, restarts]).toEqual([1, 2]);
      expect(mirrored).toBeGreaterThan(2000);
      expect(changes).toBeGreaterThan(100);
    },
  );
});
