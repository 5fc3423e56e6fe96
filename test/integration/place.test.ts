import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPlace } from '../../cli/place.ts';

let server: Server;
let endpoint: string;
const asked: URLSearchParams[] = [];

const outputs = { BucketName: 'the-bucket', RowsQueueUrl: 'https://sqs/rows', LoadQueueUrl: 'https://sqs/load' };

/** CloudFormation, as far as it describes one stack. @source  AWS Query protocol */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const query = new URLSearchParams(await text(request));
    asked.push(query);
    const isThere = query.get('StackName') === 'Orders';
    response.writeHead(isThere ? 200 : 400, { 'content-type': 'text/xml' });
    const members = Object.entries(outputs).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    response.end(
      isThere
        ? `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>Orders</StackName><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
        : '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id Nobody does not exist</Message></Error></ErrorResponse>',
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

describe('where a sink is', () => {
  it('is said by the outputs of its stack', async () => {
    const place = await findPlace({ stack: 'Orders', endpoint }, {});
    expect(place).toMatchObject({ bucket: 'the-bucket', rowsQueueUrl: 'https://sqs/rows', outputs });
    expect(asked.at(-1)?.get('Action')).toBe('DescribeStacks');
  });

  it('is what is given by hand before the outputs, and a variable only where no stack is named', async () => {
    const env = { QUEUE_URL: 'https://sqs/left-over' };
    const byHand = { bucket: 'mine', queueUrl: 'https://sqs/mine' };
    const places = [{ stack: 'Orders', ...byHand }, { stack: 'Orders' }, {}].map((named) =>
      findPlace({ endpoint, ...named }, env),
    );
    expect((await Promise.all(places)).map(({ bucket, rowsQueueUrl }) => [bucket, rowsQueueUrl])).toEqual([
      ['mine', 'https://sqs/mine'],
      ['the-bucket', 'https://sqs/rows'],
      [undefined, 'https://sqs/left-over'],
    ]);
  });

  it('is not known of a stack that is not there', async () => {
    await expect(findPlace({ stack: 'Nobody', endpoint }, {})).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringMatching(
        /The stack Nobody cannot be read: AWS refuses the request \(ValidationError: .*does not exist\)/,
      ),
    });
  });

  it('asks nobody where no stack is named', async () => {
    const before = asked.length;
    expect(await findPlace({ endpoint }, {})).toMatchObject({
      bucket: undefined,
      rowsQueueUrl: undefined,
      outputs: {},
    });
    expect(asked).toHaveLength(before);
  });

  it.each([
    ['http://127.0.0.1:9324/0/rows', { endpoint: 'http://127.0.0.1:9324', region: 'us-east-1' }],
    ['https://sqs.eu-central-1.amazonaws.com/1/rows', { region: 'eu-central-1' }],
  ])('is said by the address of the queue %s, where nothing else says it', async (queueUrl, aws) => {
    expect((await findPlace({ queueUrl }, {})).aws).toMatchObject(aws);
    expect((await findPlace({}, { QUEUE_URL: queueUrl })).aws).toMatchObject(aws);
    expect((await findPlace({ queueUrl, region: 'eu-west-1' }, {})).aws).toMatchObject({ region: 'eu-west-1' });
  });

  it('is not said by a variable that holds no address', async () => {
    await expect(findPlace({}, { QUEUE_URL: 'rows' })).rejects.toThrow(/QUEUE_URL holds "rows": expected the address/);
  });
});
