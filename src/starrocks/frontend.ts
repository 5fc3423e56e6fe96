/**
 * The first leg of every call: some frontend. It gets the headers, and normally answers by a redirect; the body stays
 * here unless a proxy in front of it asks for it.
 */

import { SinkError } from '../kit/errors.ts';
import type { Answered } from './exchange.ts';
import type { HostMemory } from './hosts.ts';
import type { HttpShape } from './requests.ts';
import type { Transport } from './transport.ts';

/** An answer, and what was asked for it. */
export interface HostAnswer {
  readonly answer: Answered;
  readonly url: URL;
}

/**
 * Asks one frontend after the other until one answers. A frontend that fails, or answers 5xx, is set aside, and the next
 * is asked, as long as nothing can have happened yet.
 *
 * @throws SinkError STARROCKS_UNREACHABLE with every host and why; ANSWER_LOST; what `body.open()` throws
 */
export async function askFrontend(shape: HttpShape, memory: HostMemory, transport: Transport): Promise<HostAnswer> {
  const tried: string[] = [];
  let lastRefusal: HostAnswer | undefined;
  for (const host of memory.order()) {
    const url = new URL(shape.path, host);
    const result = await transport.toFrontend(url, shape);
    if (result.kind === 'answered' && (result.status < 500 || !mayAskNext(shape, result))) {
      memory.worked(host);
      return { answer: result, url };
    }
    memory.failed(host);
    if (result.kind === 'answered') {
      lastRefusal = { answer: result, url };
      tried.push(`${url.host}: HTTP ${result.status}`);
      continue;
    }
    if (result.sent && shape.method !== 'GET') {
      throw new SinkError('ANSWER_LOST', `The frontend ${url.host} did not answer (${result.reason}).`, {
        cause: result.cause,
      });
    }
    tried.push(`${url.host}: ${result.reason}`);
  }
  if (lastRefusal !== undefined) return lastRefusal;
  throw new SinkError('STARROCKS_UNREACHABLE', `Tried ${tried.join('; ')}.`);
}

/** After a 5xx a command may have been carried out all the same; a question, or a load that kept its body, was not. */
function mayAskNext(shape: HttpShape, answer: Answered): boolean {
  return shape.method === 'GET' || (shape.body !== undefined && !answer.bodySent);
}
