import { describe, expect, it } from 'vitest';
import { fixedCredentials, secretCredentials } from '../../src/aws/credentials.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { StarRocksCall, StarRocksOperation, StarRocksReply } from '../../src/ports.ts';
import { withFreshCredentials } from '../../src/starrocks/fresh-credentials.ts';

const fiveMinutesMs = 5 * 60_000;
/** No deadline is near. */
const later = Number.POSITIVE_INFINITY;

/** A secret whose password tells how often it was fetched. */
function rotating() {
  const clock = { ms: 0, now: () => clock.ms };
  const asked: string[] = [];
  const source = secretCredentials('prod/starrocks', clock, async (secretId) => {
    asked.push(secretId);
    return JSON.stringify({ username: 'root', password: `p${asked.length}`, host: 'ignored' });
  });
  return { clock, asked, source };
}

describe('secretCredentials', () => {
  it('tells how long may be waited for the secret', async () => {
    const left: number[] = [];
    const source = secretCredentials('s', { now: () => 400 }, async (_, timeLeft) => {
      left.push(timeLeft());
      return '{"username":"u","password":"p"}';
    });
    await source.read(1000);
    expect(left).toEqual([600]);
  });

  it('fetches once, also when many ask at the same time', async () => {
    const { asked, source } = rotating();
    const read = await Promise.all([source.read(later), source.read(later), source.read(later)]);
    expect(read).toEqual(Array(3).fill({ username: 'root', password: 'p1' }));
    expect(asked).toEqual(['prod/starrocks']);
  });

  it('fetches again what is older than five minutes', async () => {
    const { clock, source } = rotating();
    await source.read(later);
    clock.ms = fiveMinutesMs;
    expect(await source.read(later)).toMatchObject({ password: 'p1' });
    clock.ms += 1;
    expect(await source.read(later)).toMatchObject({ password: 'p2' });
  });

  it('fetches again after it was told to forget', async () => {
    const { asked, source } = rotating();
    await source.read(later);
    source.forget();
    expect(asked).toHaveLength(1);
    expect(await source.read(later)).toMatchObject({ password: 'p2' });
  });

  it('goes on with the old ones while the secret cannot be read again', async () => {
    const clock = { ms: 0, now: () => clock.ms };
    const answers = ['{"username":"u","password":"p1"}', undefined, '{"username":"u","password":"p2"}'];
    const source = secretCredentials('s', clock, async () => {
      if (answers.length === 2) {
        answers.shift();
        throw new SinkError('SECRET_UNREADABLE', 'Secrets Manager did not answer in 5000 ms.');
      }
      return answers.shift();
    });
    expect(await source.read(later)).toMatchObject({ password: 'p1' });
    source.forget();
    expect(await source.read(later)).toMatchObject({ password: 'p1' });
    clock.ms = fiveMinutesMs + 1;
    expect(await source.read(later)).toMatchObject({ password: 'p2' });
  });

  it('does not keep a failure', async () => {
    let calls = 0;
    const source = secretCredentials('s', { now: () => 0 }, async () => {
      calls += 1;
      if (calls === 1) throw new Error('throttled');
      return '{"username":"u","password":""}';
    });
    await expect(source.read(later)).rejects.toThrow('throttled');
    expect(await source.read(later)).toEqual({ username: 'u', password: '' });
  });

  it.each([
    undefined,
    '',
    'hunter2',
    '"hunter2"',
    'null',
    '["hunter2"]',
    '{"username":"hunter2"}',
    '{"username":"u","password":5,"x":"hunter2"}',
  ])('refuses the secret %j without repeating it', async (text) => {
    const source = secretCredentials('prod/starrocks', { now: () => 0 }, async () => text);
    const error = await source.read(later).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(SinkError);
    expect(error.code).toBe('OPTIONS_INVALID');
    expect(error.cause).toBeUndefined();
    expect(error.message).toContain('prod/starrocks');
    expect(error.message).not.toContain('hunter2');
  });
});

describe('withFreshCredentials', () => {
  const reply = (Status: string, Message = '', status = 200) => ({ status, text: JSON.stringify({ Status, Message }) });
  const denied = reply('FAILED', 'Access denied for user root@10.0.0.1', 401);
  const lacking = reply(
    'FAILED',
    'Access denied; you need (at least one of) the INSERT privilege(s) on TABLE t for this operation.',
  );
  const done = reply('OK');

  /** Sends one call with answers one after the other; says how often credentials were forgotten, and what was sent. */
  async function send(operation: StarRocksOperation, ...answers: readonly StarRocksReply[]) {
    const sent: StarRocksCall[] = [];
    let forgotten = 0;
    const fresh = withFreshCredentials(
      async (call) => {
        sent.push(call);
        return answers[sent.length - 1] ?? done;
      },
      () => {
        forgotten += 1;
      },
    );
    const result = await fresh({ operation, database: 'd', table: 't', label: 'sink-1', deadlineMs: 1000 });
    return { result, labels: sent.map(({ label }) => label), forgotten };
  }

  it.each(['stream_load', 'begin', 'load', 'prepare', 'commit', 'rollback', 'get_load_state'] as const)(
    'forgets credentials that are denied to %s, and sends it once more under the same label',
    async (operation) => {
      for (const answer of [denied, lacking]) {
        expect(await send(operation, answer, done)).toEqual({
          result: done,
          labels: ['sink-1', 'sink-1'],
          forgotten: 1,
        });
      }
    },
  );

  it('does not try a third time', async () => {
    expect(await send('begin', denied, denied, done)).toMatchObject({ result: denied, labels: ['sink-1', 'sink-1'] });
  });

  it.each([
    done,
    reply('Fail', 'too many filtered rows'),
    reply('FAILED', 'get database read lock timeout, database=db, timeout=10000ms'),
  ])('leaves %j as it is', async (answer) => {
    expect(await send('stream_load', answer)).toEqual({ result: answer, labels: ['sink-1'], forgotten: 0 });
  });
});

describe('fixedCredentials', () => {
  it('are the same for ever', async () => {
    const source = fixedCredentials({ username: 'root', password: '' });
    source.forget();
    expect(await source.read(later)).toEqual({ username: 'root', password: '' });
  });
});
