/** The StarRocks stand-in with one table, in a process of its own. Sends a StandIn to the parent, and lives as long as it does. */
import { createConnection } from 'mysql2/promise';
import { startStarRocks } from '../local/starrocks/server.ts';
import type { StandIn } from './first-load.ts';
import { columns } from './rows.ts';

const server = await startStarRocks();
const connection = await createConnection({ host: '127.0.0.1', port: server.queryPort, user: 'root' });
await connection.query('CREATE DATABASE bench');
const types = columns.map((name) => `${name} ${name === 'order_id' ? 'BIGINT' : 'VARCHAR(200)'}`);
await connection.query(`CREATE TABLE bench.orders (${types}) DUPLICATE KEY(order_id) DISTRIBUTED BY HASH(order_id)`);
await connection.end();
process.on('disconnect', () => process.exit());
process.send?.({ jdbcUrl: server.jdbcUrl } satisfies StandIn);
