import type { RejectedLine } from '../../src/delivery/rejected.ts';
import type { Resent, StoredMessage, StoredObject, StoredRows } from './stored.ts';

/** Of a body, what a person is shown. */
const shownCharacters = 4000;

const field = (name: string, value: string | undefined) => (value === undefined ? [] : [`  ${name.padEnd(9)}${value}`]);

/** What is known of rejected rows and messages, for a person, and the rows themselves. */
export function shownLines(all: readonly StoredObject[], most: number): string {
  const blocks = all.flatMap((stored) => (stored.kind === 'message' ? [messageLines(stored)] : rowBlocks(stored)));
  if (blocks.length === 0) return 'Nothing was rejected.';
  const more = blocks.length > most ? [`… and ${blocks.length - most} more: --limit, or rejected export.`] : [];
  return [...blocks.slice(0, most), ...more].join('\n\n');
}

const rowBlocks = (stored: StoredRows) => stored.rows.map((row) => rowLines(stored, row));

function rowLines({ name, tableName, resent }: StoredRows, row: RejectedLine): string {
  return [
    name,
    ...field('table', tableName),
    ...field('row', `${row.row + 1} of its message`),
    ...field('code', row.code),
    ...field('reason', row.reason),
    ...field('column', row.column),
    ...field('message', row.messageId),
    ...field('chunk', row.id),
    ...field('source', row.source),
    ...field('time', row.time),
    ...field('resent', resentText(resent)),
    ...field('text', row.text),
  ].join('\n');
}

function messageLines({ name, resent, message }: StoredMessage): string {
  const { code, reason, column, messageId, queue, sentMs, group, attributes, body } = message;
  const told = Object.entries(attributes).map(
    ([key, { stringValue, binaryValue }]) => `${key}=${stringValue ?? binaryValue}`,
  );
  const cut = body.length > shownCharacters ? `${body.slice(0, shownCharacters)}… (${body.length} characters)` : body;
  return [
    name,
    ...field('code', code),
    ...field('reason', reason),
    ...field('column', column),
    ...field('message', messageId),
    ...field('queue', queue),
    ...field('sent', new Date(sentMs).toISOString()),
    ...field('group', group),
    ...field('says', told.length > 0 ? told.join(', ') : undefined),
    ...field('resent', resentText(resent)),
    ...field('body', cut),
  ].join('\n');
}

const resentText = (resent: Resent | undefined) =>
  resent && (resent.state === 'sent' ? resent.at : `begun ${resent.at}, and nobody noted its end`);
