import { defineCommand } from 'citty';
import { startStack } from '../local/stack.ts';
import { releases } from '../local/starrocks/release.ts';
import { startStarRocks } from '../local/starrocks/server.ts';
import type { Telemetry } from '../src/telemetry.ts';

const port = (description: string) =>
  ({ type: 'string', default: '0', valueHint: 'port', description: `${description}; 0: any free port` }) as const;

export const devCommand = defineCommand({
  meta: { name: 'dev', description: 'Runs SQS, S3, the sink and a StarRocks stand-in on this machine, until Ctrl-C' },
  args: {
    only: { type: 'enum', options: ['starrocks'], description: 'Start the StarRocks stand-in alone' },
    release: { type: 'enum', options: [...releases], default: '3.5', description: 'Whose words StarRocks speaks' },
    'fe-http-port': port('Frontend HTTP'),
    'be-http-port': port('Backend HTTP'),
    'query-port': port('MySQL protocol'),
    'aws-port': port('SQS and S3'),
    database: { type: 'string', description: 'Default database of messages', default: 'test' },
    table: { type: 'string', description: 'Default table of messages' },
    'window-ms': { type: 'string', default: '1000', description: 'How long rows wait for company' },
    semantic: { type: 'enum', options: ['at-least-once', 'exactly-once'], default: 'at-least-once' },
  },
  async run({ args }) {
    const starrocks = {
      release: args.release,
      feHttpPort: Number(args['fe-http-port']),
      beHttpPort: Number(args['be-http-port']),
      queryPort: Number(args['query-port']),
    };
    if (args.only === 'starrocks') {
      const server = await startStarRocks(starrocks);
      console.log(addresses(server));
      await untilInterrupted(() => server.close());
      return;
    }
    const stack = await startStack({
      options: {
        'database-name': args.database,
        ...(args.table ? { 'table-name': args.table } : {}),
        'sink.tables.allow': '*.*',
        'sink.semantic': args.semantic,
      },
      aws: { port: Number(args['aws-port']) },
      starrocks,
      windowMs: Number(args['window-ms']),
      telemetry: printing,
    });
    console.log(`${addresses(stack.starrocks)}
SQS and S3          ${stack.aws.endpoint}
rows queue          ${stack.resources.rowsQueueUrl}
bucket              ${stack.resources.bucket}

Send rows:          npm run cli -- send FILE --table t --queue-url ${stack.resources.rowsQueueUrl}`);
    await untilInterrupted(() => stack.close());
  },
});

const addresses = (server: { loadUrl: string; queryPort: number }) => `StarRocks HTTP      http://${server.loadUrl}
StarRocks MySQL     mysql -h 127.0.0.1 -P ${server.queryPort} -u root`;

const printing: Telemetry = {
  event: (level, message, fields) => console.error(`${level}: ${message}`, fields),
  count: () => undefined,
};

async function untilInterrupted(close: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await close();
}
