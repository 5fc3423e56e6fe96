import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Body } from '../../src/ports.ts';
import { chunk, joinRows } from '../builders.ts';
import { call, connect, serve, success } from './client-fixture.ts';
import { answer, backend, frontend, type Handler, type Seen } from './scripted-server.ts';

/** More than all buffers between the two ends hold. */
const manyBytes = 16 * 1024 ** 2;

const bodyOf = (character: string, bytes = manyBytes): Body =>
  joinRows([chunk({ layout: 'items', text: character.repeat(bytes) })]);

const file = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
const tls = { key: file('key.pem'), cert: file('cert.pem') };

async function loader(handler: Handler, own?: typeof tls) {
  const be = await serve(handler, own);
  const fe = await serve(
    frontend(() => be.origin),
    own,
  );
  return { be, send: connect([fe.origin], own ? { ca: own.cert } : {}) };
}

/** Reads nothing of the load `slow` until the gate opens. */
const slowBackend =
  (gate: Promise<void>): Handler =>
  async (request, response, seen) => {
    if (seen.headers['label'] === 'slow') {
      request.pause();
      await gate;
      request.resume();
    }
    await once(request, 'end');
    answer(response, success);
  };

/** Counts what is given back of a body. */
function counted({ bytes, open, giveBack }: Body) {
  const seen = { pieces: 0, givenBack: 0 };
  return {
    seen,
    body: {
      bytes,
      *open() {
        for (const piece of open() as Iterable<Uint8Array>) {
          seen.pieces++;
          yield piece;
        }
      },
      giveBack(piece: Uint8Array) {
        seen.givenBack++;
        giveBack?.(piece);
      },
    },
  };
}

describe('the body of a load', () => {
  it.each([
    ['HTTP', undefined],
    ['HTTPS', tls],
  ] as const)('that stands still is not written over by the loads that pass it, over %s', async (_, own) => {
    const gate = Promise.withResolvers<void>();
    const { be, send } = await loader(slowBackend(gate.promise), own);
    const slow = send(call({ label: 'slow', body: bodyOf('s') }));
    for (const label of ['b', 'c', 'd']) await send(call({ label, body: bodyOf(label, 1024 ** 2) }));
    gate.resolve();
    await slow;
    const isAsSent = ({ headers: { label }, body }: Seen) =>
      new RegExp(`^\\[${label === 'slow' ? 's' : label}+\\]$`).test(body);
    expect(be.seen.map(isAsSent)).toEqual([true, true, true, true]);
    expect(be.seen[0]?.body.length).toBe(manyBytes + 2);
  });

  it.each([
    ['HTTP', undefined],
    ['HTTPS', tls],
  ] as const)('is given back piece by piece when it was sent, over %s', async (_, own) => {
    const { send } = await loader(
      backend(() => success),
      own,
    );
    const { seen, body } = counted(bodyOf('a'));
    await send(call({ body }));
    expect(seen.pieces).toBeGreaterThan(50);
    expect(seen.givenBack).toBe(seen.pieces);
  });

  it('keeps the piece that has not left when nobody waits for the answer any more', async () => {
    const gate = Promise.withResolvers<void>();
    const { send } = await loader(slowBackend(gate.promise));
    const { seen, body } = counted(bodyOf('a'));
    await expect(send(call({ label: 'slow', body, deadlineMs: Date.now() + 500 }))).rejects.toMatchObject({
      code: 'ANSWER_LOST',
    });
    gate.resolve();
    await send(call());
    expect(seen.givenBack).toBeGreaterThan(0);
    // When the connection closes undici asks for one more, which it does not write.
    expect(seen.givenBack).toBe(seen.pieces - 2);
  });

  it('keeps the piece that has not left when the backend refuses on the headers and closes', async () => {
    const { send } = await loader((request, response) => {
      request.pause();
      response.setHeader('connection', 'close');
      answer(response, { Status: 'Fail', Message: 'too many versions' });
    });
    const { seen, body } = counted(bodyOf('a'));
    await send(call({ body }));
    expect(seen.pieces).toBeGreaterThan(0);
    expect(seen.givenBack).toBeLessThan(seen.pieces);
  });
});
