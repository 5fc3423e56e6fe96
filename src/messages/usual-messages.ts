/**
 * Usual messages: one flat row of JSON each, thousands in an event, under attributes that say the same. The first of them is decoded as any
 * message is; what becomes of it is the form of those that look like it, which differ only in who they are, and in the values of their row.
 * They are told by one pattern, and become what decoding would make of them. Where the table is known, another pattern is asked first: it
 * tells that the values fit as they stand, too.
 */
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import { utf8Bytes } from '../kit/utf8-bytes.ts';
import { type Chunk, type Decoded, mostIdCharacters } from '../rows/chunk.ts';
import { fingerprintOf } from '../rows/fingerprint.ts';
import type { RowFitter } from '../rows/fit-row.ts';
import { asciiPatternOfKeys, longestOfKeys, patternOfKeys } from '../rows/row-pattern.ts';
import { SeenRow } from '../rows/row-watch.ts';
import { identityOf, resentAttribute } from './attributes.ts';
import { mayBeEvent } from './changes/read-changes.ts';
import type { DecodeRules } from './decode.ts';
import { mayBeEnvelope } from './envelopes/unwrap.ts';
import type { MemoryBudget } from './memory-budget.ts';

interface Form {
  readonly attributes: SQSMessageAttributes;
  /** Of rows with the same keys in the same order; the one that matched last is the first. */
  readonly rows: Keys[];
  /** The first of these chunks: of the others all is the same but `id`, `messageId`, `from`, `text`, `bytes` and `fingerprint`. */
  readonly chunk: ChunkOfForm;
  /** Who will fit the rows, as far as it was known when the event began. */
  fitter: RowFitter | undefined;
}

type ChunkOfForm = Chunk & { readonly from: string; readonly alike: object };

interface Keys {
  readonly names: readonly string[];
  readonly pattern: RegExp;
  /** Of those that are nothing but ASCII. */
  readonly ascii: RegExp | undefined;
  readonly mostCharacters: number;
  /** Of those that fit as they stand. */
  fitting: { readonly row: SeenRow; readonly chunk: ChunkOfForm } | undefined;
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

  /** Looks at what is known of tables by now. To be called before each event. */
  begin(): void {
    for (const form of this.#forms.values()) {
      const fitter = this.#rules.fitterFor?.(form.chunk);
      if (fitter === form.fitter) continue;
      form.fitter = fitter;
      for (const keys of form.rows) keys.fitting = fittingOf(keys.names, form);
    }
  }

  /**
   * @out     the chunk that decoding makes of the message; undefined: it has to be decoded
   * @throws  never
   */
  read(record: SQSRecord, budget: MemoryBudget): Chunk | undefined {
    const { body, messageId, messageAttributes, eventSourceARN } = record;
    const form = this.#forms.get(tableOf(messageAttributes));
    if (form === undefined || !areSame(form.attributes, messageAttributes)) return undefined;
    // Behind its end may be white space.
    if (!body.endsWith('}') || eventSourceARN === undefined) return undefined;
    const id = identityOf(record);
    if (id.length > mostIdCharacters) return undefined;
    const told = toldOf(form, body);
    if (told === undefined) return undefined;
    const { maxInflatedBytes: most, fingerprints } = this.#rules;
    const room = budget.roomFor(most);
    if (room < most && body.length > room) return undefined;
    budget.take(Math.min(body.length, room));
    // Each of thousands is copied once.
    const { like, bytes } = told;
    const from = eventSourceARN;
    return fingerprints
      ? { ...like, id, messageId, from, text: body, bytes, fingerprint: fingerprintOf(1, body, record.md5OfBody) }
      : { ...like, id, messageId, from, text: body, bytes };
  }

  /** Looks at a message that was decoded, for those behind it. */
  learn(record: SQSRecord, decoded: Decoded): void {
    if (this.#learned >= mostLearned || !decoded.ok || decoded.chunks.length > 1) return;
    const { body, messageAttributes } = record;
    const [{ seen: _, ...chunk }] = decoded.chunks;
    const isAsItCame = chunk.rows === 1 && chunk.layout === 'lines' && chunk.text === body;
    if (!isAsItCame || chunk.badRows || ofItsOwn.some((name) => messageAttributes[name])) return;
    const names = Object.keys(JSON.parse(body) as object);
    const named = new Set(names);
    const pattern = mayBeEnvelope(named) || mayBeEvent(named) ? undefined : patternOfKeys(names);
    if (!pattern?.test(body)) return;
    this.#learned++;
    const form = this.#formOf(messageAttributes, chunk);
    const fitting = fittingOf(names, form);
    const [ascii, mostCharacters] = [asciiPatternOfKeys(names), longestOfKeys(names.length)];
    form.rows.unshift({ names, pattern, ascii, mostCharacters, fitting });
    form.rows.splice(mostKeysOfForm);
  }

  #formOf(attributes: SQSMessageAttributes, chunk: Chunk): Form {
    const known = this.#forms.get(tableOf(attributes));
    if (known && areSame(known.attributes, attributes)) return known;
    const fitter = this.#rules.fitterFor?.(chunk);
    const form = { attributes, rows: [], chunk: { ...chunk, from: '', alike: {} }, fitter };
    this.#forms.set(tableOf(attributes), form);
    return form;
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

function fittingOf(names: readonly string[], { fitter, chunk }: Form): Keys['fitting'] {
  const row = fitter && SeenRow.of(names, fitter);
  return row && { row, chunk: { ...chunk, seen: row, alike: row } };
}

/** The first chunk of those that are like a text, and the bytes of the text. */
interface Told {
  readonly like: ChunkOfForm;
  readonly bytes: number;
}

/** @in  text: that ends as a row does. @out  undefined: it is no such row, or something else stands beside it */
function toldOf({ rows, chunk }: Form, text: string): Told | undefined {
  for (let at = 0; at < rows.length; at++) {
    const keys = rows[at] as Keys;
    const told = toldByKeys(keys, chunk, text);
    if (told === undefined) continue;
    if (at > 0) [rows[0], rows[at]] = [keys, rows[0] as Keys];
    return told;
  }
  return undefined;
}

function toldByKeys(
  { pattern, ascii, mostCharacters, fitting }: Keys,
  like: ChunkOfForm,
  text: string,
): Told | undefined {
  const bytes = fitting?.row.bytesOf(text);
  if (fitting && bytes !== undefined) return { like: fitting.chunk, bytes };
  if (text.length > mostCharacters) return undefined;
  if (ascii?.test(text)) return { like, bytes: text.length };
  return pattern.test(text) && text.isWellFormed() ? { like, bytes: utf8Bytes(text) } : undefined;
}
