import { it } from 'vitest';
import { createConnection } from 'mysql2/promise';
import { startStarRocks } from '/work/main/local/starrocks/server.ts';
import { send, basic } from '/work/main/test/contract/http-client.ts';
it('x', async () => {
  const c = await startStarRocks();
  const s = await createConnection({ host: '127.0.0.1', port: c.queryPort, user: 'root' });
  await s.query('CREATE DATABASE d'); await s.query('CREATE TABLE d.t (id INT NOT NULL, v STRING) PRIMARY KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1');
  for (const [id, v] of [[1,'a€😀'],[2,'x'],[3,'€😀'],[4,'😀😀😀😀']]) {
    const headers = { authorization: basic('root',''), format:'json', strip_outer_array:'true', expect:'100-continue' };
    const r = await send(`${c.feUrl}/api/d/t/_stream_load`, { method:'PUT', headers });
    const a = await send(r.headers.location!, { method:'PUT', headers, body: JSON.stringify([{id, v, pad: 'y'.repeat(10)}]) });
    console.log(JSON.parse(a.text).Status);
  }
  console.log((await s.query('SELECT id, v, hex(v) h, length(v) l FROM d.t'))[0]);
  await s.end(); await c.close();
});
