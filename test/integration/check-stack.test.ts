import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createCheckCommand } from '../../cli/check/check-command.ts';

describe('check --stack', () => {
  const xml = (names: Readonly<Record<string, string>>) =>
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>Sink</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${Object.entries(
      names,
    )
      .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
      .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

  const lambdaAnswers = {
    'event-source-mappings': {
      EventSourceMappings: [{ UUID: 'u-1', State: 'Enabled', ScalingConfig: { MaximumConcurrency: 20 } }],
    },
    'account-settings': { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900 } },
  };
  const attributes = { ApproximateNumberOfMessages: '3', ApproximateNumberOfMessagesNotVisible: '2' };

  /** CloudFormation, Lambda and SQS, as far as they are asked. */
  async function withAws(
    outputs: Readonly<Record<string, string>>,
    answer: object,
    use: (endpoint: string, asked: readonly string[]) => Promise<void>,
    others: Readonly<Record<string, object>> = {},
  ) {
    const asked: string[] = [];
    const server = createServer(async (request, response) => {
      const body = await text(request);
      const { url = '', headers } = request;
      const known = Object.entries({ ...lambdaAnswers, ...others }).find(([name]) => url.includes(`/${name}`));
      const isQueue = headers['x-amz-target'] === 'AmazonSQS.GetQueueAttributes';
      const json = url.includes('/invocations') ? answer : isQueue ? { Attributes: attributes } : known?.[1];
      if (url.includes('/invocations')) asked.push(`${url} ${body}`);
      const isRefused = json !== undefined && 'refused' in json;
      response.writeHead(isRefused ? 403 : 200, { 'content-type': json ? 'application/json' : 'text/xml' });
      response.end(json ? JSON.stringify(json) : xml(outputs));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
    } finally {
      server.close();
    }
  }

  const run = async (endpoint: string) => {
    const printed: string[] = [];
    let isWell = true;
    const notWell = () => {
      isWell = false;
    };
    const command = createCheckCommand({ env: {}, print: (text) => void printed.push(text), notWell });
    await command.parseAsync(['--stack', 'Sink', '--endpoint', endpoint], { from: 'user' });
    return { isWell, text: printed.join('\n') };
  };

  it('tells what each function found', async () => {
    const finding = { check: 'backend', subject: 'be:8040', level: 'failure', found: 'It hangs.', remedy: 'Open it.' };
    const outputs = { IngestFunctionName: 'ingest-1', LoadFunctionName: 'load-1' };
    await withAws(outputs, { findings: [finding] }, async (endpoint, asked) => {
      const { isWell, text: said } = await run(endpoint);
      expect(isWell).toBe(false);
      for (const name of ['ingest-1', 'load-1']) {
        expect(said).toContain(`From inside ${name}:\n  FAIL  backend be:8040: It hangs.\n        → Open it.`);
      }
      expect(asked.toSorted()).toEqual([
        '/2015-03-31/functions/ingest-1/invocations {"check":true,"sends":true}',
        '/2015-03-31/functions/load-1/invocations {"check":true,"sends":false}',
      ]);
    });
  });

  const outputs = {
    ...{ IngestFunctionName: 'ingest-1', LoadFunctionName: 'load-1' },
    RowsQueueUrl: 'http://127.0.0.1/1/the-rows',
  };

  it('tells event sources, queues, and what the sink may use of the account', async () => {
    await withAws(outputs, { findings: [] }, async (endpoint) => {
      const { isWell, text: said } = await run(endpoint);
      expect(isWell).toBe(true);
      expect(said).toContain('What AWS says of the stack:\n  ok    function ingest-1: Its event source is enabled.');
      expect(said).toContain(
        "900 invocations of the account's 1000 are not reserved by functions; the sink may want 40",
      );
      expect(said).toContain('ok    queue rows: 3 messages wait, 2 are under way, of at most 120000.');
    });
  });

  it.each<[what: string, others: Readonly<Record<string, object>>, found: RegExp, isWell: boolean]>([
    [
      'an event source that is disabled',
      { 'event-source-mappings': { EventSourceMappings: [{ UUID: 'u-1', State: 'Disabled' }] } },
      /FAIL {2}function ingest-1: Its event source is Disabled.*\n.*update-event-source-mapping --uuid u-1 --enabled/,
      false,
    ],
    [
      'an account that lets fewer functions run than the sink may want',
      { 'account-settings': { AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } } },
      /FAIL {2}quota Lambda: 10 invocations of the account's 10 .*\n.*→ Raise the quota/,
      false,
    ],
    [
      'a right that is missing',
      { 'account-settings': { refused: true, Message: 'not authorized' } },
      /note {2}quota functions: They were not looked at.*\n.*lambda:GetAccountSettings/,
      true,
    ],
  ])('says what to do about %s', async (_, others, found, isWell) => {
    const use = async (endpoint: string) => {
      const answer = await run(endpoint);
      expect(answer.text).toMatch(found);
      expect(answer.isWell).toBe(isWell);
    };
    await withAws(outputs, { findings: [] }, use, others);
  });

  it('says when a function is gone that the stack names', async () => {
    const gone = { refused: true, __type: 'ResourceNotFoundException', Message: 'Function not found' };
    const use = async (endpoint: string) => {
      const { isWell, text: said } = await run(endpoint);
      expect(isWell).toBe(false);
      expect(said).toMatch(
        /FAIL {2}function ingest-1: It cannot be invoked: ResourceNotFoundException.*\n.*Deploy the stack/,
      );
    };
    await withAws({ IngestFunctionName: 'ingest-1' }, gone, use);
  });

  it('says when a function is of an older version', async () => {
    await withAws({ IngestFunctionName: 'old' }, { batchItemFailures: [] }, async (endpoint) => {
      expect((await run(endpoint)).text).toMatch(/Deploy this version/);
    });
  });

  it('refuses a stack that is none of ours', async () => {
    await withAws({ BucketName: 'x' }, {}, async (endpoint) => {
      await expect(run(endpoint)).rejects.toThrow(/Sink has no output IngestFunctionName/);
    });
  });
});
