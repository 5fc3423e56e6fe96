import type { Destination } from '../ports.ts';
import type { Chunk } from '../rows/chunk.ts';
import { shapesSeen } from '../rows/row-watch.ts';
import type { Found } from './find-ways.ts';
import { isLoadedAsItCame } from './fit-message.ts';
import type { Arrived, Ready } from './plan-lanes.ts';

/** Chunks that are alike are looked at once: where one of them goes as it came, since its kind does, the others go, too. */
export class AlikeChunks {
  /** By `alike`; undefined: each has to be looked at. */
  readonly #destinations = new Map<object, Destination | undefined>();

  /** @out  undefined: it has to be looked at */
  readyOf(chunk: Chunk): Ready<Chunk> | undefined {
    const { alike, messageId } = chunk;
    const destination = alike && this.#destinations.get(alike);
    return destination && { ok: true, messageId, item: chunk, destination };
  }

  /** @in  prepared: what became of a chunk that was looked at */
  learn(chunk: Chunk, way: Found, prepared: readonly Arrived<Chunk>[] | Promise<unknown>): void {
    const { alike } = chunk;
    if (alike === undefined || this.#destinations.has(alike)) return;
    this.#destinations.set(alike, destinationOfKind(chunk, way, prepared));
  }
}

function destinationOfKind(
  chunk: Chunk,
  way: Found,
  prepared: readonly Arrived<Chunk>[] | Promise<unknown>,
): Destination | undefined {
  if (!way.ok || prepared instanceof Promise || prepared.length !== 1) return undefined;
  const [ready] = prepared;
  if (!ready?.ok || ready.item !== chunk) return undefined;
  const isOfKind = way.fitter
    ? shapesSeen(chunk, way.fitter.fitterOf(chunk)) !== undefined
    : isLoadedAsItCame(chunk, way);
  return isOfKind ? ready.destination : undefined;
}
