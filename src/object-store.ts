import type { Body } from './ports.ts';

/** A small object as it stands, with the version that a conditional write names. */
export interface StoredText {
  readonly text: string;
  readonly etag: string;
}

/** What a write asks of the key that it writes: that it is absent, or that it still has this version. */
export type PutCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/**
 * How S3 answered a conditional write.
 *
 * `failed` (412, or 404 with If-Match): the condition does not hold. A lost answer of an earlier try looks the same.
 * `conflict` (409): another write of the key is under way and nothing is decided; try again.
 */
export type PutResult = { readonly state: 'stored'; readonly etag: string } | { readonly state: 'failed' | 'conflict' };

/** What the lifecycle of a bucket can go by. */
export interface ObjectTag {
  readonly key: string;
  readonly value: string;
}

/** Which version of an object is meant: by its id, where the bucket keeps versions, or by its ETag. */
export interface VersionAsked {
  readonly versionId?: string | undefined;
  readonly etag?: string | undefined;
}

/** An object on its way. */
export interface OpenedObject {
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
  /** Epoch milliseconds of its writing, as far as it is known. */
  readonly modifiedMs?: number | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The object was written again since: what was asked for is not there any more. */
export class ObjectSuperseded extends Error {}

/**
 * Objects by key, in one bucket, with S3's strong consistency.
 *
 * @throws Error from every call: the answer was lost or is 5xx; a write may have happened
 */
export interface ObjectStore {
  getText(key: string): Promise<StoredText | undefined>;
  putText(key: string, text: string, condition: PutCondition): Promise<PutResult>;
  /** Writes an object of any size; the key is nobody else's. */
  putBody(key: string, body: Body): Promise<void>;
  /** Streams an object from its first byte, or from `start`. @throws Error also when there is no such object */
  open(key: string, start?: number): AsyncIterable<Uint8Array>;
  /** Keys that begin so, in their order; at most `most`. */
  list(prefix: string, most: number): Promise<readonly string[]>;
  /** Puts a tag on an object, in the place of those that it has. */
  tag(key: string, tag: ObjectTag): Promise<void>;
  /** Deletes an object; one that is not there is none to delete. */
  delete(key: string): Promise<void>;
}

/** Objects that others write, of which one version is meant. */
export interface VersionedObjects {
  /** Opens the version that is asked for. @throws ObjectSuperseded: the key holds another; Error: there is none, or no answer */
  openVersion(key: string, version: VersionAsked): Promise<OpenedObject>;
}
