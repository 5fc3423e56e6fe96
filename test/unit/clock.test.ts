import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { inTime } from '../../src/kit/in-time.ts';

const long = 3_600_000;

describe('sleeping', () => {
  it('ends when the signal is aborted, and leaves nothing behind at it', async () => {
    const waking = new AbortController();
    const asleep = systemClock.sleep(long, waking.signal);
    expect(getEventListeners(waking.signal, 'abort')).toHaveLength(1);
    waking.abort();
    await asleep;
    await systemClock.sleep(long, waking.signal);
    expect(getEventListeners(waking.signal, 'abort')).toEqual([]);
  });

  it('ends when the time is over, and leaves nothing behind at the signal', async () => {
    const { signal } = new AbortController();
    await systemClock.sleep(1, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('what is waited for in time', () => {
  const never = new Promise<string>(() => undefined);

  it('is what it comes to, and no timer is left to keep the process', async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    expect(await inTime(Promise.resolve('done'), long, systemClock, () => 'late')).toBe('done');
    await expect(inTime(Promise.reject(new Error('broken')), long, systemClock, () => 'late')).rejects.toThrow(
      'broken',
    );
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before);
  });

  it('is something else when it takes longer', async () => {
    expect(await inTime(never, 1, systemClock, () => 'late')).toBe('late');
  });
});
