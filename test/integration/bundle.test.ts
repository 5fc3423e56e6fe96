import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import { type BundledFile, bundleFunctions } from '../../scripts/build.ts';
import { variablesFromOptions } from '../../src/options/sources.ts';
import { sqsRecord } from '../builders.ts';

let folder: string;
let files: readonly BundledFile[];
let cluster: StarRocksServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  [files, cluster] = await Promise.all([bundleFunctions(folder), startStarRocks()]);
});

afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true });
});

/** Calls a bundled function in a process of its own, as Lambda does; gives its answer. */
async function invoke(bundle: string, event: object, environment: Record<string, string>): Promise<unknown> {
  const script = `
    const { handler } = await import(process.argv[1]);
    const context = { getRemainingTimeInMillis: () => 20_000 };
    const answer = await handler(JSON.parse(process.argv[2]), context);
    process.stdout.write('\\nanswer ' + JSON.stringify(answer));
    process.exit();`;
  const bundleUrl = pathToFileURL(join(folder, bundle)).href;
  const args = ['--input-type=module', '-e', script, bundleUrl, JSON.stringify(event)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment, timeout: 25_000 });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('answer ') + 'answer '.length));
}

describe('the bundled sweep', () => {
  it('starts without MySQL, which it never needs', () => {
    const ofSweep = files.filter(({ functionName }) => functionName === 'sweep');
    const atStart = ofSweep.filter(({ loaded }) => loaded === 'at start').reduce((sum, { bytes }) => sum + bytes, 0);
    expect(ofSweep.map(({ path }) => path)).toContainEqual(expect.stringMatching(/sweep\/handler\.mjs$/));
    expect(atStart).toBeLessThan(500 * 1024);
  });
});

describe('the bundled ingest function', () => {
  it('reads the columns by MySQL and loads the rows, with the parts that the bundle leaves out left out', async () => {
    const mysql = await createConnection({ host: '127.0.0.1', port: cluster.queryPort, user: 'root' });
    await mysql.query('CREATE DATABASE shop');
    await mysql.query(
      'CREATE TABLE shop.orders (id INT NOT NULL, `größe` INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1',
    );
    await mysql.query("CREATE USER 'loader'@'%' IDENTIFIED BY 'geheim'");
    await mysql.query("GRANT INSERT, ALTER ON TABLE shop.orders TO USER 'loader'@'%'");
    const environment = variablesFromOptions({
      ...{
        'load-url': cluster.feUrl.replace('http://', ''),
        'jdbc-url': cluster.jdbcUrl,
        username: 'loader',
        password: 'geheim',
      },
      ...{ 'database-name': 'shop', 'table-name': 'orders', 'sink.tables.allow': 'shop.*' },
      'sink.unknown-columns': 'add',
    });
    const orders = sqsRecord({ body: '{"id":1,"größe":7}\n{"id":2,"größe":null,"note":"n"}' });
    const absent = sqsRecord({ messageId: 'm2', body: '{"id":3}', attributes: { table: 'absent' } });
    expect(await invoke('ingest/handler.mjs', { Records: [orders, absent] }, environment)).toEqual({
      batchItemFailures: [{ itemIdentifier: absent.messageId }],
    });
    const sql = 'SELECT id, `größe`, note FROM shop.orders ORDER BY id';
    const [rows] = await mysql.query({ sql, rowsAsArray: true });
    expect(rows).toEqual([
      [1, 7, null],
      [2, null, 'n'],
    ]);
    await mysql.end();
  });

  it('loads at least once without the clients of S3 and SQS, though there are a bucket and a queue', async () => {
    const mysql = await createConnection({ host: '127.0.0.1', port: cluster.queryPort, user: 'root' });
    await mysql.query('CREATE DATABASE direct');
    await mysql.query('CREATE TABLE direct.t (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1');
    const lean = join(folder, 'lean');
    cpSync(join(folder, 'ingest'), lean, { recursive: true });
    const clients = readdirSync(lean).filter((name) => /^(s3-object-store|polled-queue|load-queue)-.*mjs$/.test(name));
    expect(clients).toHaveLength(3);
    for (const name of clients) rmSync(join(lean, name));
    const environment = variablesFromOptions({
      ...{ 'load-url': cluster.feUrl.replace('http://', ''), username: 'root', password: '' },
      ...{ 'database-name': 'direct', 'table-name': 't', 'sink.bucket': 'rows' },
      'sink.load-queue-url': 'https://sqs.eu-central-1.amazonaws.com/123456789012/loads',
    });
    const event = { Records: [sqsRecord({ body: '{"id":1}' })] };
    expect(await invoke('lean/handler.mjs', event, environment)).toEqual({ batchItemFailures: [] });
    await mysql.end();
  });

  it('starts without the AWS SDK and MySQL, which come in files of their own', () => {
    const ofIngest = files.filter(({ functionName }) => functionName === 'ingest');
    const bytes = (loaded: BundledFile['loaded']) =>
      ofIngest.filter((file) => file.loaded === loaded).reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes('at start')).toBeLessThan(400 * 1024);
    expect(bytes('when needed')).toBeGreaterThan(300 * 1024);
  });

  it('starts without the HTTP client that Node has inside, which an import of node:http would load', async () => {
    const bundleUrl = pathToFileURL(join(folder, 'ingest/handler.mjs')).href;
    const script = `await import(process.argv[1]); process.stdout.write(process.moduleLoadList.join('\\n'))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, bundleUrl]);
    expect(stdout).toContain('NativeModule http\n');
    expect(stdout).not.toMatch(/undici|http2/);
  });
});
