import { setTimeout as delay } from 'node:timers/promises';
import type { Faults } from '../../local/aws/faults.ts';
import type { FollowerProcess } from '../../test/integration/follow-kills.ts';

/** What a follower is killed in the middle of. */
export const moments = [
  'whenever',
  'rows of a plan',
  'state',
  'stored state',
  'send',
  'taken send',
  'hand-over',
] as const;
export type Moment = (typeof moments)[number];

export interface Aim {
  readonly faults: Faults;
  readonly random: () => number;
  readonly follower: FollowerProcess;
}

const longestWaitMs = 1500;
const longestHandOverMs = 300;
const givenUpMs = 20_000;

/** Calls of the follower by the moment: its lines and its state are objects, what it sends are messages. */
const calls = {
  'rows of a plan': { action: 'PutObject', where: /\/sources\/.*\/lines\// },
  state: { action: 'PutObject', where: /\/sources\/.*\/state\.json/ },
  'stored state': { action: 'PutObject', where: /\/sources\/.*\/state\.json/, after: true },
  send: { action: 'SendMessageBatch', where: /rows/ },
  'taken send': { action: 'SendMessageBatch', where: /rows/, after: true },
} as const;

/** @out  whether the moment came: a call that was waited for, was made */
export async function untilMoment(moment: Moment, { faults, random, follower }: Aim): Promise<boolean> {
  if (moment === 'hand-over') {
    follower.kill('SIGTERM');
    await delay(random() * longestHandOverMs);
    return true;
  }
  await delay(random() * longestWaitMs);
  if (moment === 'whenever') return true;
  // Its answer never comes; it was carried out, or it was not.
  const before = faults.waiting;
  faults.add({ ...calls[moment], stall: 'answer' });
  const untilMs = performance.now() + givenUpMs;
  while (faults.waiting > before) {
    if (performance.now() > untilMs) {
      faults.clear();
      return false;
    }
    await delay(5);
  }
  return true;
}
