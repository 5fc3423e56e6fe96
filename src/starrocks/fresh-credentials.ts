import type { SendToStarRocks } from '../ports.ts';
import { readAnswer } from './answers.ts';

/**
 * A password may have been rotated, or the user exchanged, since the secret was cached: when StarRocks denies access to a call,
 * whichever it is, the credentials are forgotten and it is sent once more. Access is denied before anything is done.
 */
export function withFreshCredentials(send: SendToStarRocks, forgetCredentials: () => void): SendToStarRocks {
  return async (call) => {
    const reply = await send(call);
    const { verdict } = readAnswer(call.operation, reply);
    if (verdict !== 'access' && verdict !== 'privilege') return reply;
    forgetCredentials();
    return send(call);
  };
}
