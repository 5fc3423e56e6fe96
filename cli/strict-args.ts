import { parseArgs } from 'node:util';
import type { ArgsDef } from 'citty';
import { SinkError } from '../src/kit/errors.ts';
import { nearest } from '../src/kit/nearest.ts';

/**
 * Refuses what a command without positional words does not take.
 *
 * @throws SinkError OPTIONS_INVALID, naming every option and word, with the option that was most likely meant
 */
export function refuseUnknown(args: ArgsDef, rawArgs: readonly string[]): void {
  const options = Object.fromEntries(
    Object.entries(args).map(([name, { type }]) => [
      name,
      { type: type === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...rawArgs], options, strict: false, tokens: true });
  const problems = tokens.flatMap((token) => {
    if (token.kind === 'positional')
      return [`${JSON.stringify(token.value)} is no option; this command takes no words.`];
    if (token.kind !== 'option') return [];
    const option = options[token.name];
    if (option === undefined) {
      const meant = nearest(token.name, Object.keys(options));
      return [`${token.rawName} is not an option${meant ? `; did you mean --${meant}?` : '.'}`];
    }
    if (option.type === 'string' && !token.value) return [`${token.rawName} needs a value.`];
    return option.type === 'boolean' && token.value !== undefined ? [`${token.rawName} takes no value.`] : [];
  });
  if (problems.length > 0) throw new SinkError('OPTIONS_INVALID', problems.join(' '));
}
