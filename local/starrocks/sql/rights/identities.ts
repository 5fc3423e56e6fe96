import type { Identity } from '../../users/accounts.ts';
import type { TokenReader } from '../token-reader.ts';

/** `name`, `'name'`, `'name'@'host'`; any host when none is named. */
export function readIdentity(reader: TokenReader): Identity {
  const user = readName(reader);
  if (!reader.acceptSymbol('@')) return { user, host: '%' };
  return { user, host: readName(reader) };
}

/** A name in quotes of any kind, or none. */
export function readName(reader: TokenReader): string {
  return reader.peek().kind === 'text' ? reader.text() : reader.identifier();
}

export function readList<T>(reader: TokenReader, item: () => T): T[] {
  const items = [item()];
  while (reader.acceptSymbol(',')) items.push(item());
  return items;
}
