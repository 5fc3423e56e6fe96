import type { Dispatcher, Pool } from 'undici';
import { describe, expect, it } from 'vitest';
import type { ConnectionPools } from '../../src/starrocks/connection-pools.ts';
import type { HttpShape } from '../../src/starrocks/requests.ts';
import { createTransport } from '../../src/starrocks/transport.ts';
import { fakeClock } from './scripted-starrocks.ts';

type Meeting = 'refused' | 'lost' | 'silent';

/** Connections on which requests meet one misfortune after the other. */
function pools(...meetings: Meeting[]) {
  const renewed: string[] = [];
  let asked = 0;
  const dispatch = (_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => {
    const meeting = meetings[asked++];
    const controller = { abort: () => undefined } as unknown as Dispatcher.DispatchController;
    if (meeting !== 'refused') {
      handler.onRequestStart?.(controller, {});
      handler.onRequestSent?.();
    }
    const code = meeting === 'refused' ? 'ECONNREFUSED' : meeting === 'lost' ? 'ECONNRESET' : 'UND_ERR_HEADERS_TIMEOUT';
    handler.onResponseError?.(controller, Object.assign(new Error(code), { code }));
    return true;
  };
  const kept: ConnectionPools = {
    prepare: () => undefined,
    use: (_, work) => work({ dispatch } as unknown as Pool),
    renew: (origin) => void renewed.push(origin),
    close: () => undefined,
  };
  const config = { connectTimeoutMs: 100, waitForContinueMs: 100 };
  const transport = createTransport(config, { frontends: kept, backends: kept }, fakeClock(), { deadlineMs: 1000 });
  return { transport, renewed, asked: () => asked };
}

const url = new URL('http://be1:8040/api/transaction/begin');
const begin: HttpShape = { method: 'POST', path: url.pathname, headers: {}, mayRepeat: true };
const prepare: HttpShape = { method: 'POST', path: url.pathname, headers: {} };

describe.each(['toFrontend', 'toBackend'] as const)('a request %s', (to) => {
  it('that was lost, and finds nobody the second time, may have arrived', async () => {
    const { transport, renewed } = pools('lost', 'refused');
    expect(await transport[to](url, begin)).toMatchObject({ kind: 'failed', sent: true, reason: 'ECONNREFUSED' });
    expect(renewed).toEqual([url.origin]);
  });

  it('that found nobody has not arrived, and is not sent again', async () => {
    const { transport, asked } = pools('refused');
    expect(await transport[to](url, begin)).toMatchObject({ kind: 'failed', sent: false });
    expect(asked()).toBe(1);
  });

  it.each([
    ['silent', begin],
    ['lost', prepare],
  ] as const)(
    'that was %s is not sent again: nothing came, or it may do more the second time',
    async (meeting, shape) => {
      const { transport, asked } = pools(meeting);
      expect(await transport[to](url, shape)).toMatchObject({ kind: 'failed', sent: true });
      expect(asked()).toBe(1);
    },
  );
});
