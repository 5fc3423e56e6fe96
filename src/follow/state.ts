/**
 * What is known of one source, in one small object of the bucket. `Place` is where the source is read on from; only the source
 * itself reads it.
 */
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';

/** Rows that are sent under one chunk id: some lines of the plan's text. */
export interface PlannedChunk {
  readonly id: string;
  readonly database: string;
  readonly table: string;
  /** The message group: what must stay in order. */
  readonly group: string;
  readonly orderedBy?: string | undefined;
  readonly rows: number;
  /** UTF-8 bytes of its lines. */
  readonly bytes: number;
}

/**
 * What is sent next, and where the source is read on from when the queue has taken it. The lines of the chunks stand one behind
 * the other, in `text` where they are few, and else in the object `key`.
 */
export interface Plan<Place> {
  readonly number: number;
  readonly chunks: readonly PlannedChunk[];
  readonly lines: { readonly text: string } | { readonly key: string };
  readonly next: Place;
}

/** Why a source is not followed any more, in words for a person. */
export interface Stop {
  readonly code: string;
  readonly says: string;
  readonly atMs: number;
}

export interface FollowState<Place> {
  readonly version: 1;
  /** The fencing number: it rises whenever somebody takes the source. */
  readonly epoch: number;
  readonly holder: string;
  /** Epoch milliseconds. Nobody takes the source before; it says nothing about who may write. */
  readonly heldUntilMs: number;
  /** No two writes have the same text, so a writer that reads its own text knows that it was its own. */
  readonly writes: number;
  /** Names this following, from its beginning; part of every chunk id, so that one begun anew has other chunks. */
  readonly run: string;
  readonly plans: number;
  readonly place: Place;
  readonly plan?: Plan<Place> | undefined;
  /** Rows that the queue has taken. */
  readonly rows: number;
  /** Epoch milliseconds of the commit in the source up to which everything is in the queue. */
  readonly committedMs?: number | undefined;
  /** When following began. */
  readonly beganMs?: number | undefined;
  /** How long the source keeps what was not read yet; undefined: for ever, or not known. */
  readonly keptMs?: number | undefined;
  readonly savedMs: number;
  readonly stop?: Stop | undefined;
}

const folderOf = (source: string): string => `${bucketPrefixes.sources}${encodeURIComponent(source)}/`;

export const stateKey = (source: string): string => `${folderOf(source)}state.json`;

/** Where the lines of plans stand that are too many for the state. */
export const linesFolder = (source: string): string => `${folderOf(source)}lines/`;

/** Where the names of the tables stand that are followed. */
export const tablesFolder = (source: string): string => `${folderOf(source)}tables/`;

/** Where tables are described as they were when following began. */
export const definitionsFolder = (source: string): string => `${folderOf(source)}defined/`;

/** Where the ranges of a snapshot stand. */
export const rangesFolder = (source: string): string => `${folderOf(source)}ranges/`;

export const writeState = <Place>(state: FollowState<Place>): string => JSON.stringify(state);

export const readState = <Place>(text: string): FollowState<Place> => JSON.parse(text) as FollowState<Place>;
