/**
 * The legs after the first: where the redirects of a frontend lead, at most three of them. Mostly that is the backend,
 * which takes the body. For a transaction, and with merge commit, a follower frontend leads to the leader first. A transaction
 * that has begun is carried on by its backend, without a frontend.
 */

import { SinkError } from '../kit/errors.ts';
import { demandsContinue } from './answers.ts';
import type { Answered, ExchangeResult } from './exchange.ts';
import type { HostAnswer } from './frontend.ts';
import type { HostMemory } from './hosts.ts';
import type { ResolveRedirect } from './redirects.ts';
import type { HttpShape } from './requests.ts';
import type { Transport } from './transport.ts';

const mostHops = 3;

/** Asks the backend of a transaction. @throws SinkError as followRedirects */
export async function askBackend(
  origin: string,
  shape: HttpShape,
  memory: HostMemory,
  transport: Transport,
): Promise<HostAnswer> {
  const url = new URL(shape.path, origin);
  return { answer: await reach(url, shape, memory, transport), url };
}

/**
 * Follows 307 and 308, with the path that was asked first; gives every other answer back.
 *
 * @throws SinkError REDIRECT_REFUSED, BACKEND_UNREACHABLE: nothing was loaded; ANSWER_LOST; what `body.open()` throws
 * @source StarRocks pull request 59722: the decoded name of a table stood in Location
 */
export async function followRedirects(
  first: HostAnswer,
  shape: HttpShape,
  resolve: ResolveRedirect,
  memory: HostMemory,
  transport: Transport,
): Promise<HostAnswer> {
  let { answer, url } = first;
  for (let hop = 1; isRedirect(answer); hop += 1) {
    if (hop > mostHops) throw new SinkError('REDIRECT_REFUSED', `There were more than ${mostHops} redirects.`);
    const redirect = resolve(answer.location, url);
    if (!redirect.allowed) throw new SinkError('REDIRECT_REFUSED', redirect.reason);
    // Frontends before June 2025 garble names in the path, and the path is the same everywhere: only host and port are theirs.
    url = new URL(shape.path, redirect.url.origin);
    answer = await reach(url, shape, memory, transport);
  }
  return { answer, url };
}

/** A Location does not say whether it is a backend's. A frontend tells by its answer, and has loaded nothing. */
async function reach(url: URL, shape: HttpShape, memory: HostMemory, transport: Transport): Promise<Answered> {
  if (!memory.isFrontend(url.origin)) {
    const answer = orThrow(url, await transport.toBackend(url, shape));
    const isFrontend = demandsContinue(answer.text);
    if (isFrontend || isRedirect(answer)) memory.met(url.origin);
    if (!isFrontend) return answer;
  }
  return orThrow(url, await transport.toFrontend(url, shape));
}

function isRedirect({ status }: Answered): boolean {
  return status === 307 || status === 308;
}

function orThrow({ host }: URL, result: ExchangeResult): Answered {
  if (result.kind === 'answered') return result;
  const { sent, reason, cause } = result;
  if (sent) throw new SinkError('ANSWER_LOST', `${host} did not answer (${reason}).`, { cause });
  throw new SinkError('BACKEND_UNREACHABLE', `The address is ${host} (${reason}).`, { cause });
}
