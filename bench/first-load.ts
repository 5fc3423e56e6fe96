import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { variablesFromOptions } from '../src/options/sources.ts';
import { lambdaContext, sqsRecord } from '../test/builders.ts';
import { formatMs, type Line } from './lines.ts';
import { compare } from './measure.ts';
import { rowAsJson } from './rows.ts';
import { runNode } from './run-node.ts';

/** Addresses of the stand-in, as options name them. */
export interface StandIn {
  readonly loadUrl: string;
  readonly jdbcUrl: string;
}

const mostMs = 150;
const rowsInEvent = 100;

/** What Lambda does with a new instance: it imports the bundle, and hands it an event. */
const program = `
import { handler } from './ingest/handler.mjs';
const [event, context] = process.argv.slice(2).map((text) => JSON.parse(text));
const answer = await handler(event, { ...context, getRemainingTimeInMillis: () => 60_000 });
if (answer.batchItemFailures.length > 0) throw new Error('The message was given back.');
process.exit();`;

/**
 * From a new process to the answer for its first event: import, options, the table's columns by MySQL, one load.
 *
 * @in  folder: where the bundles stand
 */
export async function benchFirstLoad(folder: string, empty: string): Promise<Line> {
  const child = fork(new URL('./starrocks-process.ts', import.meta.url), { stdio: ['ignore', 2, 2, 'ipc'] });
  const [{ loadUrl, jdbcUrl }] = (await once(child, 'message')) as [StandIn];
  const env = variablesFromOptions({
    ...{ 'load-url': loadUrl, 'jdbc-url': jdbcUrl, username: 'root', password: '' },
    ...{ 'database-name': 'bench', 'table-name': 'orders' },
  });
  const file = join(folder, 'first-load.mjs');
  writeFileSync(file, program);
  const body = Array.from({ length: rowsInEvent }, (_, index) => JSON.stringify(rowAsJson(index))).join('\n');
  const first = {
    prepare: () => ({ Records: [sqsRecord({ messageId: randomUUID(), body })] }),
    run: (event: object) => runNode([file, JSON.stringify(event), JSON.stringify(lambdaContext(60_000))], env),
  };
  const [ours, node] = await compare(first, { prepare: () => null, run: () => runNode([empty]) }, 7, 1);
  child.disconnect();
  const firstMs = ours.wallMs - node.wallMs;
  return {
    what: `ingest bundle: new process to the end of its first load, with jdbc-url`,
    measured: `${formatMs(firstMs)} (+ ${formatMs(node.wallMs)}: node)`,
    against: `${formatMs(mostMs)}: allowed`,
    ratio: firstMs / mostMs,
    target: { below: 1 },
  };
}
