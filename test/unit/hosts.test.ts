import { describe, expect, it } from 'vitest';
import { createHostMemory } from '../../src/starrocks/hosts.ts';
import { fakeClock } from './scripted-starrocks.ts';

describe('the memory of frontends', () => {
  it('begins anywhere, so that not every process asks the first', () => {
    expect(createHostMemory(['a', 'b', 'c', 'd'], fakeClock()).order()).toEqual(['c', 'd', 'a', 'b']);
  });

  it('stays with the host that works', () => {
    const memory = createHostMemory(['a', 'b'], fakeClock());
    memory.worked('a');
    expect(memory.order()).toEqual(['a', 'b']);
  });

  it('puts failed hosts last for 30 seconds, the longest ago first', async () => {
    const clock = fakeClock();
    const memory = createHostMemory(['a', 'b', 'c'], clock);
    memory.failed('b');
    await clock.sleep(10_000);
    memory.failed('c');
    expect(memory.order()).toEqual(['a', 'b', 'c']);
    await clock.sleep(20_000);
    expect(memory.order()).toEqual(['a', 'b', 'c']);
    await clock.sleep(10_000);
    memory.failed('a');
    expect(memory.order()).toEqual(['b', 'c', 'a']);
  });

  it('does not begin with a host that failed when its time is over', async () => {
    const clock = fakeClock();
    const memory = createHostMemory(['a', 'b'], clock);
    memory.worked('a');
    memory.failed('a');
    await clock.sleep(30_000);
    expect(memory.order()).toEqual(['b', 'a']);
  });

  it('forgives a host that works again', () => {
    const memory = createHostMemory(['a', 'b'], fakeClock());
    memory.failed('a');
    memory.worked('a');
    expect(memory.order()).toEqual(['a', 'b']);
  });

  it('knows a frontend by its origin, and one it has met', () => {
    const memory = createHostMemory(['http://fe:80', 'https://fe:8443'], fakeClock());
    expect(memory.isFrontend('http://fe')).toBe(true);
    expect(memory.isFrontend('http://fe:8443')).toBe(false);
    memory.met('http://leader:8030');
    expect(memory.isFrontend('http://leader:8030')).toBe(true);
    expect(memory.order()).not.toContain('http://leader:8030');
  });
});
