/** What is known of one label, batch, chunk or message: its claim, its batch, what was decided, what StarRocks says, what was rejected. */
import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { holderOf } from '../../src/ledger/claims.ts';
import type { WriteDeps } from '../../src/ledger/conditional-writes.ts';
import { identityOfMessage } from '../../src/messages/attributes.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import type { TableId } from '../../src/ports.ts';
import { tableOfKey } from '../../src/rows/destination.ts';
import { findInDoubt, type Known, standingOf } from '../redrive/known.ts';
import { describe } from '../redrive/tell.ts';
import { type Resent, readStored, type StoredObject, tableNamed } from '../rejected/stored.ts';
import { findMessage, looksLikeMessageId, type SentBetween } from './find-message.ts';
import { type LoadRow, readLoads } from './loads.ts';
import { notAsked, type Opened, patienceMs } from './opened.ts';

export interface Story {
  readonly subject: string;
  /** Of a message: the identity of its rows, found among the claims. */
  readonly chunk?: string;
  /** When claims were looked through for a message, and none of them was found to be its own. */
  readonly notClaimed?: SentBetween;
  /** Who holds it, where it is a chunk. */
  readonly claims: readonly { readonly table: string; readonly batch: string }[];
  readonly batches: readonly (Known & { readonly standing: ReturnType<typeof standingOf> })[];
  /** As StarRocks remembers them. */
  readonly loads: readonly LoadRow[];
  readonly rejected: readonly RejectedPart[];
}

interface RejectedPart {
  readonly name: string;
  /** Rows, or 1 for a whole message. */
  readonly count: number;
  readonly code: string;
  readonly reason: string;
  readonly resent: Resent | undefined;
}

/** Claims are looked at in so many places at the most. */
const mostClaims = 10_000;

/** Where a chunk or a message is looked for. */
export interface StoryAsked {
  /** database.table; without it, wherever there are claims. */
  readonly table?: string | undefined;
  /** When a message was sent, ISO 8601; the last hour unless told. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * Looks for a subject under each of the names that it may be.
 *
 * @throws SinkError: what cannot be asked
 */
export async function tellStory(subject: string, asked: StoryAsked, opened: Opened): Promise<Story> {
  const { table } = asked;
  const { objects, starrocks } = opened;
  const nowMs = systemClock.now();
  const ledger = objects && { objects, clock: systemClock, deadlineMs: nowMs + patienceMs };
  const transactions = starrocks?.known ?? notAsked;
  const batchesNamed = async (names: readonly string[]) => {
    if (ledger === undefined) return [];
    const found = await Promise.all(names.map((batch) => findInDoubt(batch, { ledger, transactions })));
    return found.flat().map((known) => ({ ...known, standing: standingOf(known, nowMs) }));
  };
  // A label is its batch and the number of the attempt.
  const batches = await batchesNamed([...new Set([subject, subject.replace(/-\d+$/, '')])]);
  const loads = await loadsNamed([...new Set([subject, ...batches.map(({ label }) => label)])], opened);
  if (batches.length > 0 || loads.length > 0) return { subject, batches, loads, claims: [], rejected: [] };

  const stored = objects ? await readStored({ names: [], table }, objects) : [];
  const chunks = new Set([subject, ...stored.flatMap((each) => chunksOf(each, subject))]);
  const tables = ledger ? await tablesWithClaims(table, ledger.objects) : [];
  const known = ledger ? await claimsOf([...chunks], tables, ledger) : [];
  const isMessage = ledger && known.length === 0 && chunks.size === 1 && looksLikeMessageId(subject);
  const between = sentBetween(asked, nowMs);
  const chunk = isMessage ? await findMessage(subject, tables, between, ledger) : undefined;
  const claims = ledger && chunk !== undefined ? await claimsOf([chunk], tables, ledger) : known;
  const holding = await batchesNamed([...new Set(claims.map(({ batch }) => batch))]);
  return {
    ...{ subject, claims, batches: holding },
    ...(chunk !== undefined && { chunk }),
    ...(isMessage && chunk === undefined && { notClaimed: between }),
    loads: await loadsNamed(
      holding.map(({ label }) => label),
      opened,
    ),
    rejected: stored.flatMap((each) => rejectedOf(each, chunks)),
  };
}

const hourMs = 3_600_000;

function sentBetween({ since, until }: StoryAsked, nowMs: number): SentBetween {
  const untilMs = until === undefined ? nowMs : Date.parse(until);
  return { fromMs: since === undefined ? untilMs - hourMs : Date.parse(since), untilMs };
}

/** The chunks of a message of which something was rejected. */
function chunksOf(stored: StoredObject, subject: string): readonly string[] {
  if (stored.kind === 'rows') return stored.rows.flatMap(({ id, messageId }) => (messageId === subject ? [id] : []));
  const { messageId, sentMs, attributes } = stored.message;
  return messageId === subject ? [attributes['chunk']?.stringValue ?? identityOfMessage(messageId, sentMs)] : [];
}

function rejectedOf(stored: StoredObject, chunks: ReadonlySet<string>): readonly RejectedPart[] {
  const { name, resent } = stored;
  if (stored.kind === 'message') {
    const { messageId, sentMs, attributes, code, reason } = stored.message;
    const names = [messageId, identityOfMessage(messageId, sentMs), attributes['chunk']?.stringValue ?? ''];
    return names.some((each) => chunks.has(each)) ? [{ name, resent, code, reason, count: 1 }] : [];
  }
  const rows = stored.rows.filter(({ id }) => chunks.has(id));
  const [first] = rows;
  return first ? [{ name, resent, count: rows.length, code: first.code, reason: first.reason }] : [];
}

const tablesWithClaims = async (table: string | undefined, objects: ObjectStore): Promise<readonly TableId[]> =>
  table === undefined ? claimedTables(objects) : [tableNamed(table)];

async function claimsOf(chunks: readonly string[], tables: readonly TableId[], ledger: WriteDeps) {
  const pairs = tables.flatMap((each) => chunks.map((chunk) => ({ table: each, chunk })));
  const found = await Promise.all(
    pairs.map(async ({ table: each, chunk }) => ({
      table: `${each.database}.${each.table}`,
      batch: await holderOf(each, chunk, ledger),
    })),
  );
  return found.flatMap(({ table: name, batch }) => (batch === undefined ? [] : [{ table: name, batch }]));
}

async function claimedTables(objects: ObjectStore): Promise<readonly TableId[]> {
  const keys = await objects.list(bucketPrefixes.claims, mostClaims);
  const names = new Set(keys.map((key) => key.slice(bucketPrefixes.claims.length).split('/')[0] ?? ''));
  return [...names].flatMap((name) => (name.includes('.') ? (tableOfKey(name) ?? []) : []));
}

async function loadsNamed(labels: readonly string[], { openPort }: Opened): Promise<readonly LoadRow[]> {
  if (labels.length === 0) return [];
  const port = await openPort();
  if (port === undefined) return [];
  try {
    const found = await Promise.all(labels.map((label) => readLoads(port, { label })));
    return found.flatMap(({ loads }) => loads);
  } finally {
    port.close();
  }
}

export const isKnown = ({ claims, batches, loads, rejected }: Story): boolean =>
  [claims, batches, loads, rejected].some((found) => found.length > 0);

/** Lines for a person. */
export function storyLines(story: Story, nowMs: number): string {
  const { subject, chunk, claims, batches, loads, rejected } = story;
  if (!isKnown(story)) return nothingKnown(story);
  const blocks = [
    ...(chunk === undefined ? [] : [`message   its rows are the chunk ${chunk}`]),
    claims.map(({ table, batch }) => `claimed   by batch ${batch} of ${table}`),
    batches.map((known) => describe(known, nowMs)),
    loads.map(({ label, database, table, state, rows, createdAt, error }) =>
      [
        `load      ${label}: ${state}, ${rows} rows into ${database}.${table}, begun ${createdAt}`,
        ...(error ? [`          ${error}`] : []),
      ].join('\n'),
    ),
    rejected.map(({ name, count, code, reason, resent }) =>
      [
        `rejected  ${count} in ${name}: ${code}`,
        `          ${reason}`,
        ...(resent ? [`          resent: ${resent.state} ${resent.at}`] : []),
      ].join('\n'),
    ),
  ];
  return [subject, ...blocks.flat()].join('\n\n');
}

function nothingKnown({ subject, notClaimed }: Story): string {
  const nothing = `Nothing is known of ${subject}: no label, batch or chunk of that name, no message that was rejected.`;
  if (notClaimed === undefined)
    return `${nothing} StarRocks forgets labels, and a chunk is found by the id that the log names.`;
  const [from, until] = [notClaimed.fromMs, notClaimed.untilMs].map((ms) => new Date(ms).toISOString());
  return `${nothing}
As the id of a message: none that was sent from ${from} to ${until} has claimed its rows. It may be that
  - it waits, is under way, or is a dead letter: SQS finds no message by its id, and nothing of it was loaded
  - it was sent at another time: give --since and --until, a day at the most
  - its rows have an identity of their own (the attribute chunk, an event's, or that
    of the message which it repeats): ask for that one
  - its table is loaded at least once, which notes no message: look for its rows
    there, and for its id in the logs of the functions`;
}
