/** Bundled functions as a deployment has them: in a process of their own, with the variables that the construct gives them. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Template } from 'aws-cdk-lib/assertions';

export interface LocalService extends AsyncDisposable {
  readonly url: string;
}

async function listen(answer: RequestListener): Promise<LocalService> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const bodyOf = async (request: IncomingMessage) => Buffer.concat(await request.toArray()).toString();

/** Secrets Manager. @in secretOf: gives what a secret holds, by its name */
export const startSecrets = (secretOf: (id: string) => object) =>
  listen(async (request, response) => {
    const { SecretId } = JSON.parse(await bodyOf(request)) as { readonly SecretId: string };
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: JSON.stringify(secretOf(SecretId)) }));
  });

/** Lambda, which takes every invocation that is not waited for, and starts nothing. */
export const startLambda = (invoked: (functionName: string) => void) =>
  listen(async (request, response) => {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
    await bodyOf(request);
    const isTaken = name !== undefined && request.headers['x-amz-invocation-type'] === 'Event';
    if (isTaken) invoked(decodeURIComponent(name));
    response.writeHead(isTaken ? 202 : 400).end();
  });

/**
 * The variables of a function.
 *
 * @in      id: how its name in the template begins; local: what only a deployment knows
 * @throws  Error: a variable has no value here
 */
export function deployedVariables(
  template: Template,
  id: RegExp,
  local: Readonly<Record<string, string>>,
): Record<string, string> {
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
  const [, fn] = functions.find(([name]) => id.test(name)) ?? [];
  const variables: Record<string, unknown> = { ...fn?.['Properties'].Environment.Variables, ...local };
  const unknown = Object.entries(variables).filter(([, value]) => typeof value !== 'string');
  if (fn === undefined || unknown.length > 0) throw new Error(`${id}: ${JSON.stringify(unknown)} has no value here.`);
  return variables as Record<string, string>;
}

/** Where AWS is: the variables that its SDK reads. */
export const awsAt = (endpoint: string, services: Readonly<Record<string, string>>): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  ...Object.fromEntries(Object.entries(services).map(([name, url]) => [`AWS_ENDPOINT_URL_${name}`, url])),
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
});

export interface Invocation {
  /** Of the bundles. */
  readonly folder: string;
  readonly name: string;
  readonly event: object;
  readonly variables: Readonly<Record<string, string>>;
  readonly functionName?: string;
  readonly remainingMs?: number;
  /** Ends the process, as Lambda does at the deadline. */
  readonly signal?: AbortSignal;
}

let requests = 0;

/** Calls a bundled function in a process of its own, as Lambda does. */
export async function invokeBundle(invocation: Invocation) {
  const { folder, name, event, variables, functionName = name, remainingMs = 40_000, signal } = invocation;
  const bundle = pathToFileURL(join(folder, name, 'handler.mjs')).href;
  const context = { functionName, awsRequestId: `request-${++requests}` };
  const script = `
    const { handler } = await import(process.argv[1]);
    const deadlineMs = Date.now() + ${remainingMs};
    const context = { ...JSON.parse(process.argv[3]), getRemainingTimeInMillis: () => deadlineMs - Date.now() };
    const answer = await handler(JSON.parse(process.argv[2]), context);
    process.stdout.write('\\nanswer ' + JSON.stringify(answer));
    process.exit();`;
  const args = ['--input-type=module', '-e', script, bundle, JSON.stringify(event), JSON.stringify(context)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    ...{ env: { ...variables }, timeout: remainingMs + 60_000, killSignal: 'SIGKILL' as const },
    ...(signal ? { signal } : {}),
  });
  const at = stdout.lastIndexOf('answer ');
  return { answer: JSON.parse(stdout.slice(at + 'answer '.length)), output: stdout.slice(0, at) };
}
