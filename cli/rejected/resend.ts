/**
 * Sends again what was rejected. The rows of one object are one chunk, whose identity follows from the object; a message that was
 * kept whole keeps its own. So exactly-once loads either once, however often it is sent, as long as it keeps claims.
 *
 *   (nothing) ─▶ begun ─▶ sent       noted beside the object, for whoever comes next: nothing is sent twice unless it is said so
 */
import type { MessageAttributeValue, SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { claimOf } from '../../src/ledger/claims.ts';
import { readText } from '../../src/ledger/conditional-writes.ts';
import { decisionKey, readDecision } from '../../src/ledger/records.ts';
import { identityOfMessage } from '../../src/messages/attributes.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import type { ParkedAttribute } from '../../src/pipeline/park.ts';
import { encodePack } from '../../src/producer/encode-pack.ts';
import type { PayloadStore } from '../../src/producer/offload.ts';
import { sqsLimits } from '../../src/producer/sqs-limits.ts';
import { bodyOf } from '../../src/rows/body.ts';
import { keepingIdentity, type ResentMessage, sendAgain } from '../resent-message.ts';
import type { Corrections } from './corrected.ts';
import { planRows } from './plan-resend.ts';
import { type Resent, resentKey, type StoredMessage, type StoredObject, type StoredRows } from './stored.ts';

export interface ResendDeps {
  readonly objects: ObjectStore;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Takes rows that no message holds. */
  readonly payloads: PayloadStore;
  readonly now: () => number;
  readonly newId: () => string;
}

export interface ResendTerms {
  readonly corrections: Corrections | undefined;
  /** Sends also what was sent before. */
  readonly again: boolean;
  /** Sends also rows that a later delivery of their message may have loaded. */
  readonly sure: boolean;
  /** Without it only what would be sent is told. */
  readonly sends: boolean;
}

/** What became of an object. */
export interface ResendEnd {
  readonly name: string;
  readonly state: 'sent' | 'would be sent' | 'not sent';
  /** The identity of its rows. */
  readonly chunk?: string;
  readonly rows?: number;
  readonly leftOut?: number;
  readonly why?: string;
  /** The word that would send it all the same. */
  readonly needs?: 'again' | 'sure';
}

/** Objects one after the other, in their order. What cannot be sent does not hold back the others. */
export async function resend(
  all: readonly StoredObject[],
  terms: ResendTerms,
  deps: ResendDeps,
): Promise<readonly ResendEnd[]> {
  const ends: ResendEnd[] = [];
  for (const stored of all) ends.push(await resendOne(stored, terms, deps));
  return ends;
}

async function resendOne(stored: StoredObject, terms: ResendTerms, deps: ResendDeps): Promise<ResendEnd> {
  const { name, resent } = stored;
  const notSent = (why: string, needs?: ResendEnd['needs']): ResendEnd => ({
    ...{ name, state: 'not sent', why },
    ...(needs && { needs }),
  });
  if (resent !== undefined && !terms.again) return notSent(sentBefore(resent), 'again');
  try {
    if (!terms.sure && (await mayBeLoaded(stored, deps))) return notSent(loadedLater, 'sure');
    const { message, told } = stored.kind === 'rows' ? await rowsOf(stored, terms, deps) : messageOf(stored);
    if (!terms.sends) return { name, state: 'would be sent', ...told };
    if (!(await begin(stored, terms, deps))) return notSent('Somebody else is sending it right now.');
    await sendNoted(message, stored, deps);
    await note(name, { state: 'sent', at: new Date(deps.now()).toISOString(), rows: told.rows }, deps);
    return { name, state: 'sent', ...told };
  } catch (error) {
    if (error instanceof SinkError) return notSent(error.detail);
    throw error;
  }
}

/** A ledger is waited for so long. */
const patienceMs = 30_000;

const loadedLater =
  'Another delivery of its message loaded the rows than the one that kept these aside, and may have found these good: the table, or an option, was changed meanwhile. Look whether they are in the table; if not, --sure sends them.';

/** Whether the rows were kept by another run than the one that loaded the others of their chunk. Only exactly-once tells. */
async function mayBeLoaded(stored: StoredObject, { objects, now }: ResendDeps): Promise<boolean> {
  if (stored.kind === 'message' || stored.table === undefined) return false;
  const [{ id = '', claimedAs = id, untilMs } = {}] = stored.rows;
  if (untilMs === undefined) return false;
  const ledger = { objects, clock: systemClock, deadlineMs: now() + patienceMs };
  const claim = await claimOf(stored.table, claimedAs, ledger);
  if (claim === undefined || claim.untilMs === untilMs) return false;
  const decided = await readText(decisionKey(claim.batch), ledger);
  return decided !== undefined && readDecision(decided.text).state !== 'void';
}

/** What SQS refused was not sent, so that nothing has begun. */
async function sendNoted(message: ResentMessage, { name, resent }: StoredObject, deps: ResendDeps): Promise<void> {
  try {
    await sendAgain(message, deps.queueUrl, deps.sqs);
  } catch (error) {
    const mayBeSent = !(error instanceof SinkError) || error.code === 'QUEUE_UNREACHABLE';
    if (!mayBeSent && resent === undefined) await deps.objects.delete(resentKey(name));
    throw error;
  }
}

function sentBefore({ state, at }: Resent): string {
  const what =
    state === 'sent' ? `It was sent at ${at}.` : `Somebody began to send it at ${at}, and did not note the end.`;
  return `${what} With --again it is sent once more: exactly-once knows it, and loads it once; with at-least-once its rows may be there twice.`;
}

async function begin({ name, resent }: StoredObject, { again }: ResendTerms, deps: ResendDeps): Promise<boolean> {
  const mark: Resent = { state: 'begun', at: new Date(deps.now()).toISOString() };
  if (resent !== undefined || again) {
    await note(name, mark, deps);
    return true;
  }
  const { state } = await deps.objects.putText(resentKey(name), JSON.stringify(mark), { ifAbsent: true });
  return state === 'stored';
}

const note = (name: string, mark: Resent, { objects }: ResendDeps) =>
  objects.putBody(resentKey(name), bodyOf(Buffer.from(JSON.stringify(mark))));

interface Planned {
  readonly message: ResentMessage;
  readonly told: { readonly chunk: string; readonly rows: number; readonly leftOut?: number };
}

async function rowsOf(stored: StoredRows, { corrections, sends }: ResendTerms, deps: ResendDeps): Promise<Planned> {
  const { pack, format, group, leftOut } = planRows(stored, corrections?.get(stored.name));
  const store = sends ? deps.payloads : { ...deps.payloads, put: async () => undefined };
  const how = { format, store, targetBytes: sqsLimits.messageBytes, newId: deps.newId, learn: () => undefined };
  const [encoded] = await encodePack(pack, how, true);
  if (encoded === undefined) throw new TypeError('A pack that stays whole is one message.');
  const { chunkId: identity, rows } = pack;
  const { body, attributes } = encoded;
  const isFifo = deps.queueUrl.endsWith('.fifo');
  return {
    message: { body, attributes, group: isFifo ? group : undefined, identity },
    told: { chunk: identity, rows: rows.length, leftOut },
  };
}

function messageOf({ message }: StoredMessage): Planned {
  const { messageId, sentMs, body, group, attributes } = message;
  const identity = identityOfMessage(messageId, sentMs);
  const sent = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)]));
  const chunk = attributes['chunk']?.stringValue ?? identity;
  return {
    message: { body, attributes: keepingIdentity(sent, identity), group, identity: chunk },
    told: { chunk, rows: 1 },
  };
}

const attributeOf = ({ dataType, stringValue, binaryValue }: ParkedAttribute): MessageAttributeValue => ({
  DataType: dataType,
  ...(stringValue === undefined ? {} : { StringValue: stringValue }),
  ...(binaryValue === undefined ? {} : { BinaryValue: Buffer.from(binaryValue, 'base64') }),
});
