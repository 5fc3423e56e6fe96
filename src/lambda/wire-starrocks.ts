import { readFileSync } from 'node:fs';
import type { SendToStarRocks } from '../ports.ts';
import { withFreshCredentials } from '../starrocks/fresh-credentials.ts';
import { createSend } from '../starrocks/send.ts';
import type { Parts } from './wiring.ts';

/** How StarRocks is reached, as the options say; a refused password is read again. */
export function wireSend({ options, credentials, clock }: Parts): SendToStarRocks & ReturnType<typeof createSend> {
  const ca = options['sink.tls.ca'];
  const socketTimeoutMs = options['sink.socket.timeout-ms'];
  const send = createSend(
    {
      loadUrls: options['load-url'],
      credentials: (deadlineMs) => credentials.read(deadlineMs),
      connectTimeoutMs: options['sink.connect.timeout-ms'],
      waitForContinueMs: options['sink.wait-for-continue.timeout-ms'],
      redirectHosts: options['sink.redirect.hosts'],
      redirectMap: options['sink.redirect.map'],
      ...(socketTimeoutMs > 0 ? { socketTimeoutMs } : {}),
      ...(ca === undefined ? {} : { ca: ca.startsWith('-----BEGIN') ? ca : readFileSync(ca, 'utf8') }),
    },
    clock,
  );
  const { fetchErrorLog, prepare, close } = send;
  return Object.assign(withFreshCredentials(send, credentials.forget), { fetchErrorLog, prepare, close });
}
