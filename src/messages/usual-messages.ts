/**
 * Usual messages: one flat row of JSON each, thousands in an event, under attributes that say the same. The first of them is decoded as any
 * message is; what becomes of it is the form of those that look like it, which differ only in who they are, and in the values of their row.
 * They are told by one pattern, and become what decoding would make of them.
 */
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import { utf8Bytes } from '../kit/utf8-bytes.ts';
import { type Chunk, type Decoded, mostIdCharacters } from '../rows/chunk.ts';
import { longestOfKeys, patternOfKeys } from '../rows/row-pattern.ts';
import { identityOf, resentAttribute } from './attributes.ts';
import { mayBeEvent } from './changes/read-changes.ts';
import { type DecodeRules, fingerprintOf } from './decode.ts';
import { mayBeEnvelope } from './envelopes/unwrap.ts';
import type { MemoryBudget } from './memory-budget.ts';

interface Form {
  readonly attributes: SQSMessageAttributes;
  /** Of rows with the same keys in the same order; the one that matched last is the first. */
  readonly rows: Keys[];
  /** The first of these chunks: of the others all is the same but `id`, `messageId`, `from`, `text`, `bytes` and `fingerprint`. */
  readonly chunk: Chunk & { readonly from: string; readonly alike: object };
}

interface Keys {
  readonly pattern: RegExp;
  readonly mostCharacters: number;
}

/** Some members of rows may be left out where they are empty. */
const mostKeysOfForm = 4;
/** What has another form each time is not worth being learned. */
const mostLearned = 1000;

/** Attributes that say who the rows are, or that they are packed: those have an identity, or a fingerprint, of another making. */
const ofItsOwn = ['chunk', resentAttribute, 'encoding'];

export class UsualMessages {
  readonly #rules: DecodeRules;
  readonly #forms = new Map<string, Form>();
  #learned = 0;

  /** @in  rules: by which all messages are decoded */
  constructor(rules: DecodeRules) {
    this.#rules = rules;
  }

  /** Forgets the forms of tables that are known by now: their rows are looked at while they are read. To be called before each event. */
  begin(): void {
    for (const [table, { chunk }] of this.#forms)
      if (this.#rules.watchFor?.(chunk, '') !== undefined) this.#forms.delete(table);
  }

  /**
   * @out     what decoding makes of the message; undefined: it has to be decoded
   * @throws  never
   */
  read(record: SQSRecord, budget: MemoryBudget): Decoded | undefined {
    const { body, messageId, messageAttributes, eventSourceARN } = record;
    const form = this.#forms.get(tableOf(messageAttributes));
    if (form === undefined || !areSame(form.attributes, messageAttributes)) return undefined;
    if (!isRowOf(form, body) || !body.isWellFormed()) return undefined;
    const id = identityOf(record);
    if (id.length > mostIdCharacters || eventSourceARN === undefined) return undefined;
    const { maxInflatedBytes: most, fingerprints } = this.#rules;
    const room = budget.roomFor(most);
    if (room < most && body.length > room) return undefined;
    budget.take(Math.min(body.length, room));
    const chunk = { ...form.chunk, id, messageId, from: eventSourceARN, text: body, bytes: utf8Bytes(body) };
    return { ok: true, chunks: [fingerprints ? { ...chunk, fingerprint: fingerprintOf(1, body) } : chunk] };
  }

  /** Looks at a message that was decoded, for those behind it. */
  learn(record: SQSRecord, decoded: Decoded): void {
    if (this.#learned >= mostLearned || !decoded.ok || decoded.chunks.length > 1) return;
    const { body, messageAttributes } = record;
    const [chunk] = decoded.chunks;
    const isAsItCame = chunk.rows === 1 && chunk.layout === 'lines' && chunk.text === body;
    if (!isAsItCame || chunk.badRows || chunk.seen || ofItsOwn.some((name) => messageAttributes[name])) return;
    const keys = Object.keys(JSON.parse(body) as object);
    const named = new Set(keys);
    const pattern = mayBeEnvelope(named) || mayBeEvent(named) ? undefined : patternOfKeys(keys);
    if (!pattern?.test(body)) return;
    this.#learned++;
    const rows = { pattern, mostCharacters: longestOfKeys(keys.length) };
    const known = this.#forms.get(tableOf(messageAttributes));
    if (known && areSame(known.attributes, messageAttributes)) {
      known.rows.unshift(rows);
      known.rows.splice(mostKeysOfForm);
      return;
    }
    const form = { attributes: messageAttributes, rows: [rows], chunk: { ...chunk, from: '', alike: {} } };
    this.#forms.set(tableOf(messageAttributes), form);
  }
}

const tableOf = (attributes: SQSMessageAttributes): string => attributes['table']?.stringValue ?? '';

function areSame(these: SQSMessageAttributes, those: SQSMessageAttributes): boolean {
  let more = 0;
  for (const name in those) {
    const [one, other] = [these[name], those[name]];
    if (one?.stringValue !== other?.stringValue || one?.dataType !== other?.dataType) return false;
    more++;
  }
  for (const _ in these) more--;
  return more === 0;
}

/** The text is a row, and nothing else. */
function isRowOf({ rows }: Form, text: string): boolean {
  // Behind its end may be white space.
  if (!text.endsWith('}')) return false;
  const at = rows.findIndex(({ pattern, mostCharacters }) => text.length <= mostCharacters && pattern.test(text));
  const found = rows[at];
  if (found === undefined) return false;
  if (at > 0) [rows[0], rows[at]] = [found, rows[0] as Keys];
  return true;
}
