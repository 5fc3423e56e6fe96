/** Partial updates whose rows stream by: rows that hold other columns are loads of their own, which read the payload once each. */
import { hash } from 'node:crypto';
import { SinkError } from '../kit/errors.ts';
import { type Chunk, partId } from './chunk.ts';
import type { FittedPart, GoodRow, Planner } from './fit-json.ts';
import { keyOf } from './fit-partial.ts';
import type { Shape } from './fit-shape.ts';
import { type Form, type Notations, textsOf } from './form-rows.ts';

/** Of so many rows it is remembered which columns they hold. */
const mostKeys = 500_000;
/** The payload is read so often. */
const mostSets = 20;

/** Which columns rows hold, by their keys: those of one key would have to become one row, for loads of one message have no order. */
export class KeySets {
  readonly #primaryKey: readonly string[];
  readonly #setOf = new Map<string, string>();
  readonly #shapes = new Map<string, Set<Shape>>();
  #problem: string | undefined;

  constructor(primaryKey: readonly string[]) {
    this.#primaryKey = primaryKey;
  }

  see(row: GoodRow): void {
    const { signature } = row.shape;
    const shapes = this.#shapes.get(signature) ?? new Set();
    this.#shapes.set(signature, shapes.add(row.shape));
    if (this.#problem !== undefined) return;
    const key = hash('sha1', keyOf(row, this.#primaryKey), 'base64').slice(0, 16);
    const before = this.#setOf.get(key);
    if (before !== undefined && before !== signature) this.#problem = 'some of one key hold different ones';
    else if (this.#setOf.size >= mostKeys) this.#problem = `they are more than ${mostKeys}`;
    else this.#setOf.set(key, signature);
  }

  /**
   * The shapes of rows that share a load, by what they hold.
   *
   * @throws  SinkError MESSAGE_TOO_LARGE: rows cannot be parted while they stream by
   */
  sets({ bytes }: Pick<Chunk, 'bytes'>): ReadonlyMap<string, ReadonlySet<Shape>> {
    if (this.#shapes.size <= 1) return this.#shapes;
    const isMany = this.#shapes.size > mostSets;
    const found = isMany
      ? `there are ${this.#shapes.size} sets of them, and at most ${mostSets} are told apart`
      : this.#problem;
    if (found === undefined) return this.#shapes;
    const detail = `A payload of ${bytes} bytes updates some columns (partial_update), its rows do not all hold the same, and ${found}. Send it in messages of rows with the same keys, or in smaller ones.`;
    throw new SinkError('MESSAGE_TOO_LARGE', detail);
  }
}

/** A part for each set of columns, of an identity of its own. @in  open: for the counting now */
export async function streamedParts(
  chunk: Chunk,
  open: () => AsyncIterable<Uint8Array>,
  form: Form<GoodRow>,
  notations: Notations,
  { sets, plan }: { readonly sets: ReadonlyMap<string, ReadonlySet<Shape>>; readonly plan: Planner },
): Promise<readonly FittedPart[]> {
  const { from, to } = notations;
  const counts = new Map([...sets.keys()].map((signature) => [signature, { rows: 0, bytes: 0 }]));
  for await (const texts of textsOf(chunk, open(), from))
    for (const text of texts) {
      const row = form(text);
      const count = row.ok ? counts.get(row.shape.signature) : undefined;
      if (!row.ok || count === undefined) continue;
      count.rows++;
      count.bytes += Buffer.byteLength(row.text) + to.ending;
    }
  const layout = to.isList ? ('items' as const) : ('csv' as const);
  return [...sets].map(([signature, shapes]) => {
    const { rows, bytes } = counts.get(signature) ?? { rows: 0, bytes: 0 };
    const { columns, mappings } = plan(shapes);
    const source = () => rowsOf(signature, chunk, form, notations);
    const own = { id: partId(chunk.id, signature), layout, rows, bytes: bytes - (to.isList ? to.ending : 0), source };
    const saysOperations = [...shapes].some(({ operation }) => operation >= 0);
    return { chunk: { ...chunk, ...own }, columns, mappings, saysOperations };
  });
}

async function* rowsOf(
  signature: string,
  chunk: Chunk,
  form: Form<GoodRow>,
  { from, to }: Notations,
): AsyncGenerator<Uint8Array> {
  if (chunk.source === undefined) return;
  let isFirst = true;
  for await (const texts of textsOf(chunk, chunk.source(), from)) {
    const good = texts.flatMap((text) => {
      const row = form(text);
      return row.ok && row.shape.signature === signature ? [row.text] : [];
    });
    if (good.length === 0) continue;
    if (to.isList) yield Buffer.from((isFirst ? '' : to.mark) + good.join(to.mark));
    else yield Buffer.from(good.join(to.mark) + to.mark);
    isFirst = false;
  }
}
