/**
 * Rejected rows on their way to a person and back. Nothing is sent at the first word: a plan is made, and its token does what was
 * planned, once, and only for a while.
 */
import { randomUUID } from 'node:crypto';
import { SinkError } from '../../src/kit/errors.ts';
import { required } from '../place.ts';
import { type Corrections, readCorrections } from '../rejected/corrected.ts';
import { openResend } from '../rejected/open-resend.ts';
import { type ResendEnd, resend } from '../rejected/resend.ts';
import { readStored, type StoredObject } from '../rejected/stored.ts';
import type { Opened } from '../status/opened.ts';

export interface RepairAsked {
  readonly name: string;
  /** The corrected rows, as `rejected resend --rows` takes them; without it what was rejected is sent as it is. */
  readonly text?: string | undefined;
  /** Sends it although it was sent before. */
  readonly again?: boolean | undefined;
  /** Sends rows that a later delivery of their message may have loaded. */
  readonly sure?: boolean | undefined;
}

export interface RepairPlan {
  readonly end: ResendEnd;
  /** Does it. Absent when there is nothing to do. */
  readonly token?: string;
}

interface Planned {
  readonly asked: RepairAsked;
  readonly untilMs: number;
}

const tokenLifeMs = 10 * 60_000;
const mostTokens = 100;

export function createRepairs(opened: Opened, now: () => number) {
  const plans = new Map<string, Planned>();
  return {
    /** @throws SinkError: what cannot be read as rows, or has no name */
    async plan(asked: RepairAsked): Promise<RepairPlan> {
      const end = await carryOut(asked, false, opened);
      if (end.state !== 'would be sent') return { end };
      const token = randomUUID();
      plans.set(token, { asked, untilMs: now() + tokenLifeMs });
      for (const oldest of [...plans.keys()].slice(0, -mostTokens)) plans.delete(oldest);
      return { end, token };
    },
    /** @throws SinkError OPTIONS_INVALID: nothing is planned under this token */
    async send(token: string): Promise<ResendEnd> {
      const planned = plans.get(token);
      plans.delete(token);
      if (planned === undefined || planned.untilMs < now())
        throw new SinkError('OPTIONS_INVALID', 'Nothing is planned under this token: plan it again.');
      return carryOut(planned.asked, true, opened);
    },
  };
}

async function carryOut(asked: RepairAsked, sends: boolean, { place, objects }: Opened): Promise<ResendEnd> {
  const bucket = required(place.bucket, 'bucket', '--bucket, the output BucketName of the stack');
  const store = required(objects, 'bucket', '--bucket, the output BucketName of the stack');
  const queueUrl = required(place.rowsQueueUrl, 'queue', '--queue-url, the output RowsQueueUrl of the stack');
  const stored = await readStored({ names: [asked.name] }, store);
  const corrections = correctionsOf(asked, stored);
  const { deps, close } = openResend({ aws: place.aws, bucket, objects: store, queueUrl });
  try {
    const terms = { corrections, again: asked.again === true, sure: asked.sure === true, sends };
    const [end] = await resend(stored, terms, deps);
    if (end === undefined) throw new TypeError('One object has one end.');
    return end;
  } finally {
    close();
  }
}

function correctionsOf({ text }: RepairAsked, stored: readonly StoredObject[]): Corrections | undefined {
  if (text === undefined) return undefined;
  if (stored.some(({ kind }) => kind === 'message'))
    throw new SinkError('OPTIONS_INVALID', 'A message that was kept whole is sent as it is, or not at all.');
  return readCorrections(text, stored, 'the corrected rows');
}
