/**
 * The legs after the first: where the redirects of a frontend lead, at most three of them. A follower frontend leads to
 * the leader, and that to the backend, which takes the body.
 */

import { SinkError } from '../kit/errors.ts';
import { type ExchangeResult, exchange } from './exchange.ts';
import type { Answered, FrontendAnswer } from './frontend.ts';
import type { ResolveRedirect } from './redirects.ts';
import type { HttpShape } from './requests.ts';
import type { Transport } from './transport.ts';

const MOST_HOPS = 3;

/**
 * Follows 307 and 308; gives every other answer back.
 *
 * @throws SinkError REDIRECT_REFUSED, BACKEND_UNREACHABLE: nothing was loaded; ANSWER_LOST; what `body.open()` throws
 */
export async function followRedirects(
  first: FrontendAnswer,
  shape: HttpShape,
  authorization: string,
  resolve: ResolveRedirect,
  transport: Transport,
): Promise<Answered> {
  let { answer, url } = first;
  for (let hop = 1; answer.status === 307 || answer.status === 308; hop += 1) {
    if (hop > MOST_HOPS) throw new SinkError('REDIRECT_REFUSED', `There were more than ${MOST_HOPS} redirects.`);
    const redirect = resolve(answer.location, url);
    if (!redirect.allowed) throw new SinkError('REDIRECT_REFUSED', redirect.reason);
    url = redirect.url;
    answer = await reach(url, shape, authorization, transport);
  }
  return answer;
}

async function reach(url: URL, shape: HttpShape, authorization: string, transport: Transport): Promise<Answered> {
  const request = transport.request(shape, url, authorization, 'send');
  // Commands have no 100 Continue to tell whether they arrived: they always get a fresh connection.
  let result: ExchangeResult = await exchange(
    shape.body === undefined ? request : { ...request, agent: transport.keepAlive(url) },
  );
  // A kept connection may have died while the process was frozen. Nothing has left yet, so a fresh one is safe.
  if (result.kind === 'failed' && result.reusedSocket && !result.sent) {
    result = await exchange(transport.request(shape, url, authorization, 'send'));
  }
  if (result.kind === 'answered') return result;
  if (result.sent) {
    throw new SinkError('ANSWER_LOST', `${url.host} did not answer (${result.reason}).`, { cause: result.cause });
  }
  throw new SinkError('BACKEND_UNREACHABLE', `The address is ${url.host} (${result.reason}).`, { cause: result.cause });
}
