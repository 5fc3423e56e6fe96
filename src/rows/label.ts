import { createHash } from 'node:crypto';
import type { Destination } from '../ports.ts';
import { destinationKey } from './destination.ts';

const maxLabelLength = 128;

/**
 * Names a load by what it carries: the same chunks for the same destination, in any order, give the same label, which
 * StarRocks takes once for as long as it remembers it. The database is part of the digest, since labels of two databases
 * meet in the frontend's map from label to backend.
 *
 * @in   identities: chunk ids, or parts of chunks; somebody else's text, so only a digest of them is used
 * @out  `<prefix>-<table>-<digest>`, at most 128 characters of A–Z a–z 0–9 _ -
 * @source  StarRocks FeNameFormat: ^[-\w]{1,128}$; test/fixtures/recorded/labels-across-databases.json
 */
export function labelOf(destination: Destination, identities: readonly string[], prefix = 'sink'): string {
  const chunks = identities.toSorted().map((identity) => `\n${identity.length}:${identity}`);
  const digest = createHash('sha256')
    .update(destinationKey(destination) + chunks.join(''))
    .digest('hex');
  const tail = `-${digest.slice(0, 40)}`;
  return readableLabel(prefix, destination.table).slice(0, maxLabelLength - tail.length) + tail;
}

/** The part of a label that a person reads, of the characters that one may have. */
export const readableLabel = (prefix: string, table: string): string => `${prefix}-${table.replace(/[^-\w]/g, '_')}`;
