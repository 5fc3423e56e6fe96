import { SinkError } from '../src/kit/errors.ts';

/** @throws SinkError OPTIONS_INVALID, always */
export function refuse(...problems: readonly string[]): never {
  throw new SinkError('OPTIONS_INVALID', `${problems.map((problem) => `\n  - ${problem}`).join('')}\n`);
}
