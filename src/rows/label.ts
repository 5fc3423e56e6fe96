import { hash } from 'node:crypto';
import { sortTexts } from '../kit/sort-texts.ts';
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
  const digest = hash('sha256', destinationKey(destination) + named(sortTexts(identities)));
  const tail = `-${digest.slice(0, 40)}`;
  return readableLabel(prefix, destination.table).slice(0, maxLabelLength - tail.length) + tail;
}

/** Each with its length before it. Identities of SQS messages have the same length, thousands of them: they are joined at once. */
function named(identities: readonly string[]): string {
  const length = identities[0]?.length ?? 0;
  const mark = `\n${length}:`;
  return identities.every((identity) => identity.length === length)
    ? identities.length === 0
      ? ''
      : mark + identities.join(mark)
    : identities.map((identity) => `\n${identity.length}:${identity}`).join('');
}

/** The part of a label that a person reads, of the characters that one may have. */
export const readableLabel = (prefix: string, table: string): string => `${prefix}-${table.replace(/[^-\w]/g, '_')}`;
