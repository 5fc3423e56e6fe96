import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkCertificate } from '../../src/check/certificates.ts';
import { checkQueue } from '../../src/check/queue.ts';
import { checkReach } from '../../src/check/reach.ts';

const servers: Server[] = [];
afterEach(() => void servers.splice(0).map((server) => server.close()));

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

const nowMs = Date.parse('2026-06-01T00:00:00Z');
const file = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
const dayMs = 86_400_000;

describe('the look at the load queue', () => {
  const lookAt = async (date: string) => {
    const port = await listening(
      createServer((_, response) => {
        response.setHeader('date', date);
        response.writeHead(404).end();
      }),
    );
    const queueUrl = `http://127.0.0.1:${port}/1/load`;
    return checkQueue({ queueUrl, askToSend: undefined, timeoutMs: 5000, now: () => nowMs });
  };

  it.each<[what: string, date: string, level: string, found: string]>([
    ['agrees', 'Mon, 01 Jun 2026 00:00:30 GMT', 'ok', 'It agrees with the clock here.'],
    ['is a little ahead', 'Mon, 01 Jun 2026 00:02:00 GMT', 'warning', 'It is 120 s ahead of the clock here.'],
    ['is far behind', 'Sun, 31 May 2026 23:50:00 GMT', 'failure', 'It is 600 s behind the clock here. Requests'],
  ])('says that the clock of AWS %s', async (_, date, level, found) => {
    const findings = await lookAt(date);
    expect(findings[0]).toMatchObject({ check: 'queue', level: 'ok', found: 'It answers.' });
    expect(findings[1]).toMatchObject({ check: 'clock', subject: 'AWS', level, found: expect.stringContaining(found) });
  });

  it('says what a VPC needs where SQS gives no answer', async () => {
    const gone = createServer();
    const port = await listening(gone);
    await once(gone.close(), 'close');
    const deps = { askToSend: undefined, timeoutMs: 5000, now: () => nowMs };
    expect(await checkQueue({ queueUrl: `http://127.0.0.1:${port}/1/load`, ...deps })).toEqual([
      expect.objectContaining({
        ...{ check: 'queue', level: 'failure', found: expect.stringContaining('ECONNREFUSED') },
        remedy: expect.stringContaining('an interface endpoint for sqs'),
      }),
    ]);
  });
});

describe('the look at certificates', () => {
  const tlsServer = () =>
    https.createServer({ key: file('key.pem'), cert: file('cert.pem') }, (_, response) =>
      response.end('{"online_backend_num":3,"total_backend_num":3,"status":"OK"}'),
    );
  const endsMs = async (port: number) => {
    const found = await lookAt(port, 0);
    return Date.parse(/good until (\S+)\./.exec(found?.found ?? '')?.[1] ?? '');
  };
  const lookAt = (port: number, atMs: number, ca = file('cert.pem')) =>
    checkCertificate(new URL(`https://127.0.0.1:${port}`), { ca, connectTimeoutMs: 5000 }, atMs);

  it('says until when it is good, and that it ends soon', async () => {
    const port = await listening(tlsServer());
    const untilMs = await endsMs(port);
    expect(await lookAt(port, untilMs - 30 * dayMs)).toMatchObject({ check: 'tls', level: 'ok' });
    expect(await lookAt(port, untilMs - 7 * dayMs)).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('Renew'),
    });
  });

  it('is part of the look at a frontend, and an authority that is not trusted is told', async () => {
    const port = await listening(tlsServer());
    const deps = {
      ...{ loadUrls: [`https://127.0.0.1:${port}`], redirectHosts: [], redirectMap: {}, connectTimeoutMs: 5000 },
      ...{ username: 'u', password: 'p', now: () => 0 },
    };
    const tables = [{ database: 'd', table: 't' }];
    expect(await checkReach(tables, { ...deps, ca: file('cert.pem') })).toContainEqual(
      expect.objectContaining({ check: 'tls', level: 'ok', subject: `127.0.0.1:${port}` }),
    );
    expect(await checkReach(tables, { ...deps, ca: undefined })).toContainEqual(
      expect.objectContaining({ check: 'frontend', level: 'failure', remedy: expect.stringContaining('sink.tls.ca') }),
    );
  });
});

describe('the look at backends', () => {
  it('says that some were not named', async () => {
    const alive = 3;
    const server = createServer((request, response) => {
      request.resume();
      const { port } = server.address() as AddressInfo;
      const isHealth = request.url === '/api/health';
      if (!isHealth) response.writeHead(307, { location: `http://127.0.0.1:${port}${request.url}` });
      response.end(JSON.stringify({ online_backend_num: alive, total_backend_num: alive, status: 'OK' }));
    });
    const port = await listening(server);
    const found = await checkReach([{ database: 'd', table: 't' }], {
      ...{ loadUrls: [`http://127.0.0.1:${port}`], redirectHosts: [], redirectMap: {}, connectTimeoutMs: 5000 },
      ...{ username: 'u', password: 'p', now: () => nowMs, ca: undefined },
    });
    expect(found.filter(({ check }) => check === 'backend')).toEqual([
      expect.objectContaining({ level: 'ok', found: 'It answers.' }),
      expect.objectContaining({ level: 'warning', found: expect.stringContaining('It named 1 of 3 backends') }),
    ]);
  });
});
