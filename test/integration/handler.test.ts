import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/ingest/handler.ts';
import type { Telemetry } from '../../src/telemetry.ts';
import { lambdaContext, type RecordParts, sqsRecord } from '../builders.ts';

interface Arrived {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A frontend that redirects to a backend under the same path, and a backend that answers 200, with the verdict in JSON. */
class OneNodeStarRocks {
  readonly loads: Arrived[] = [];
  status = 'Success';
  private readonly frontend: Server = createServer(({ url = '' }, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${portOf(this.backend)}${url}`, connection: 'close' }).end();
  });
  private readonly backend: Server = createServer((request, response) => {
    const { url = '', headers } = request;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      this.loads.push({ path: url, headers, text });
      const rows = JSON.parse(text).length;
      const counts = { NumberTotalRows: rows, NumberLoadedRows: rows, NumberFilteredRows: 0, NumberUnselectedRows: 0 };
      const answer = { TxnId: 7, Label: headers['label'], Status: this.status, Message: 'OK', ...counts };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  get port(): number {
    return portOf(this.frontend);
  }

  async start(): Promise<void> {
    for (const server of [this.frontend, this.backend]) await once(server.listen(0, '127.0.0.1'), 'listening');
  }

  async stop(): Promise<void> {
    for (const server of [this.frontend, this.backend]) {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    }
  }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

const starrocks = new OneNodeStarRocks();
const events: string[] = [];
const telemetry: Telemetry = {
  event: (...args) => void events.push(JSON.stringify(args)),
  count: () => undefined,
};

beforeAll(() => starrocks.start());
afterAll(() => starrocks.stop());
beforeEach(() => {
  starrocks.loads.length = 0;
  starrocks.status = 'Success';
  events.length = 0;
});

const environment = () => ({
  STARROCKS_LOAD_URL: `127.0.0.1:${starrocks.port}`,
  STARROCKS_DATABASE_NAME: 'shop',
  STARROCKS_TABLE_NAME: 'orders',
  STARROCKS_USERNAME: 'root',
  STARROCKS_PASSWORD: 'hunter2',
  STARROCKS_SINK_MAX_RETRIES: '0',
  STARROCKS_SINK_LABEL_PREFIX: 'test',
});

const makeHandler = (variables: Readonly<Record<string, string>>) =>
  createHandler({ environment: variables, observer: { telemetry, middlewares: [] } });

const eventOf = (...records: readonly RecordParts[]) => ({ Records: records.map((record) => sqsRecord(record)) });

describe('the ingest function', () => {
  it('turns an event into one Stream Load, and answers that nothing failed', async () => {
    const handler = makeHandler(environment());
    const event = eventOf({ messageId: 'm1', body: '{"id":1.10}' }, { messageId: 'm2', body: '[{"id":2},{"id":3}]' });
    expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(starrocks.loads).toMatchObject([
      {
        path: '/api/shop/orders/_stream_load',
        text: '[{"id":1.10},{"id":2},{"id":3}]',
        headers: {
          label: expect.stringMatching(/^test-orders-[0-9a-f]{40}$/),
          format: 'json',
          strip_outer_array: 'true',
          authorization: `Basic ${Buffer.from('root:hunter2').toString('base64')}`,
        },
      },
    ]);
  });

  it('gives back the bad message alone', async () => {
    const event = eventOf({ messageId: 'm1' }, { messageId: 'bad', body: 'hunter2' });
    expect(await makeHandler(environment())(event, lambdaContext())).toEqual({
      batchItemFailures: [{ itemIdentifier: 'bad' }],
    });
    expect(starrocks.loads).toHaveLength(1);
    expect(events.join()).not.toContain('hunter2');
  });

  it('begins no load for which the time is too short, and gives the messages back', async () => {
    const answer = await makeHandler(environment())(eventOf({ messageId: 'm1' }), lambdaContext(5500));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(starrocks.loads).toEqual([]);
  });

  it('throws when StarRocks cannot be reached, says which hosts were tried, and keeps the password to itself', async () => {
    const handler = makeHandler({ ...environment(), STARROCKS_LOAD_URL: '127.0.0.1:1;127.0.0.1:2' });
    await expect(handler(eventOf({ messageId: 'm1' }), lambdaContext())).rejects.toThrow(
      /STARROCKS_UNREACHABLE(?=.*127\.0\.0\.1:1\b)(?=.*127\.0\.0\.1:2\b)/s,
    );
    expect(events.join()).toContain('STARROCKS_UNREACHABLE');
    expect(events.join()).not.toContain('hunter2');
  });

  it('names every wrong option, in every invocation until they are right', async () => {
    const handler = makeHandler({ STARROCKS_SINK_MAX_RETRIES: '11', STARROCKS_PASSWORD: 'hunter2' });
    for (const _ of [1, 2]) {
      const error = await Promise.resolve(handler(eventOf({}), lambdaContext())).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'OPTIONS_INVALID' });
      expect(error.message).toMatch(/load-url is required.*sink\.max-retries.*username is required/s);
      expect(error.message).not.toContain('hunter2');
    }
  });

  it('throws for delimiters that cannot be meant, before any message is touched', async () => {
    const handler = makeHandler({ ...environment(), STARROCKS_SINK_PROPERTIES_COLUMN_SEPARATOR: '\\xZZ' });
    await expect(handler(eventOf({}), lambdaContext())).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(starrocks.loads).toEqual([]);
  });
});
