import { describe, expect, it } from 'vitest';
import { bounded, type TimeLeft } from '../../src/aws/limits.ts';
import { pointersWhenNeeded, queueWhenNeeded, storeWhenNeeded } from '../../src/aws/when-needed.ts';
import type { ObjectStore, VersionedObjects } from '../../src/object-store.ts';
import type { Segment } from '../../src/rows/segment.ts';

/** Notes each call, with what it was given and the time that it has, and answers with its name. */
function noting() {
  const calls: unknown[][] = [];
  const note =
    (name: string, timeLeft: TimeLeft) =>
    async (...args: unknown[]): Promise<string> => {
      calls.push([name, timeLeft(), ...args]);
      return name;
    };
  return { calls, note };
}

/** What a client with these calls opens, once it does: opening fails as often as told. */
function opener(names: readonly string[], failures = 0) {
  const { calls, note } = noting();
  let left = failures;
  const opened = { times: 0 };
  const open = async () => {
    opened.times += 1;
    if (left-- > 0) throw new Error('not there');
    return bounded((timeLeft) => ({
      ...Object.fromEntries(names.map((name) => [name, note(name, timeLeft)])),
      async *open(...args: unknown[]) {
        yield Buffer.from(await note('open', timeLeft)(...args));
      },
    }));
  };
  return { calls, opened, open: open as never };
}

const stored = ['getText', 'putText', 'putBody', 'openVersion', 'list', 'tag', 'delete'] as const;
const body = { bytes: 1, open: () => [] };
const inTime = () => 7;

describe('a store whose client is loaded when it is needed', () => {
  it('hands each call on as it is, with the time that it has', async () => {
    const { open, calls } = opener(stored);
    const store: ObjectStore & VersionedObjects = storeWhenNeeded(open).until(inTime);
    await store.getText('k');
    await store.putText('k', 't', { ifAbsent: true });
    await store.putBody('k', body);
    await store.openVersion('k', { etag: 'e' });
    await store.list('p', 3);
    await store.tag('k', { key: 'a', value: 'b' });
    await store.delete('k');
    const read: string[] = [];
    for await (const piece of store.open('k', 5)) read.push(String(piece));
    expect(read).toEqual(['open']);
    expect(calls).toEqual([
      ['getText', 7, 'k'],
      ['putText', 7, 'k', 't', { ifAbsent: true }],
      ['putBody', 7, 'k', body],
      ['openVersion', 7, 'k', { etag: 'e' }],
      ['list', 7, 'p', 3],
      ['tag', 7, 'k', { key: 'a', value: 'b' }],
      ['delete', 7, 'k'],
      ['open', 7, 'k', 5],
    ]);
  });

  it('loads nothing before the first call, and once for all', async () => {
    const { open, opened } = opener(stored);
    const late = storeWhenNeeded(open);
    const [one, other] = [late.until(inTime), late.until(inTime)];
    expect(opened.times).toBe(0);
    await Promise.all([one.getText('a'), other.getText('b'), late.getText('c')]);
    expect(opened.times).toBe(1);
  });

  it('fails the call that meets a failure to load, and loads again for the next one', async () => {
    const { open, calls } = opener(stored, 1);
    const late = storeWhenNeeded(open);
    await expect(late.delete('k')).rejects.toThrow('not there');
    await late.delete('k');
    expect(calls).toEqual([['delete', Number.POSITIVE_INFINITY, 'k']]);
  });

  it('loads what is asked for ahead, whose failure is that of nobody', async () => {
    const { open, opened, calls } = opener(stored, 1);
    const late = storeWhenNeeded(open);
    late.prepare();
    expect(opened.times).toBe(1);
    await new Promise(setImmediate);
    await late.getText('k');
    expect(opened.times).toBe(2);
    expect(calls).toHaveLength(1);
  });
});

it('hands the calls of a queue on, and sends pointers, when their client is loaded', async () => {
  const { open, calls } = opener(['receive', 'delete', 'postpone']);
  const queue = queueWhenNeeded(open).until(inTime);
  await queue.receive();
  await queue.delete([]);
  await queue.postpone([], 9);
  const { calls: sent, note } = noting();
  const segment = { id: 's' } as Segment;
  const send = pointersWhenNeeded(async () => bounded((timeLeft) => note('send', timeLeft)) as never);
  await send.until(inTime)(segment);
  expect([...calls, ...sent]).toEqual([
    ['receive', 7],
    ['delete', 7, []],
    ['postpone', 7, [], 9],
    ['send', 7, segment],
  ]);
});
