import { escaped } from './patterns.ts';

/** Whether one of some patterns is a text, where * is any part of it. */
export function globs(patterns: readonly string[]): (text: string) => boolean {
  const compiled = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'u'));
  return (text) => compiled.some((pattern) => pattern.test(text));
}
