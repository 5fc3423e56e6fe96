import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { findPlace, type Place, type PlaceAsked } from '../place.ts';
import { lookAt, type Move, type Moved, moveDeadLetters, type Waiting } from './dead-letters.ts';
import type { RedriveSurroundings } from './surroundings.ts';

export interface MoveAsked extends PlaceAsked {
  readonly deadLetters?: 'rows' | 'load' | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly rate?: number | undefined;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
}

/** Outputs of the stack: where dead letters are, and where they belong. */
const outputsOf = {
  rows: { from: 'RowsDeadLettersUrl', to: 'RowsQueueUrl' },
  load: { from: 'LoadDeadLettersUrl', to: 'LoadQueueUrl' },
} as const;

/** Shows dead letters, and with --yes moves them. @out  whether none stays that should have been moved */
export async function runMove(asked: MoveAsked, { env, print, aws, clock = systemClock }: RedriveSurroundings) {
  const place = await findPlace(asked, env, aws);
  const move: Move = { ...queuesOf(asked, place), rate: asked.rate };
  const sqs = new SQSClient(place.aws);
  try {
    if (asked.yes) {
      const moved = await moveDeadLetters(move, { sqs, clock });
      print(asked.json ? JSON.stringify(moved) : movedLines(moved, move));
      return moved.stay.length === 0;
    }
    const waiting = await lookAt(move, { sqs, clock });
    print(asked.json ? JSON.stringify(waiting) : waitingLines(waiting, move));
    return true;
  } finally {
    sqs.destroy();
  }
}

/** @throws SinkError OPTIONS_INVALID */
function queuesOf(asked: MoveAsked, { outputs, rowsQueueUrl }: Place): Pick<Move, 'from' | 'to'> {
  const names = outputsOf[asked.deadLetters ?? 'rows'];
  const from = asked.from ?? outputs[names.from];
  const to = asked.to ?? (asked.deadLetters === 'load' ? undefined : rowsQueueUrl) ?? outputs[names.to];
  if (from === undefined || to === undefined)
    throw new SinkError(
      'OPTIONS_INVALID',
      `It is not said ${from === undefined ? 'where the dead letters are: give --from' : 'where they belong: give --to'}, or --stack and --dead-letters.`,
    );
  if (from === to) throw new SinkError('OPTIONS_INVALID', '--from and --to are the same queue.');
  return { from, to };
}

function waitingLines({ messages, some }: Waiting, { from, to }: Move): string {
  if (messages === 0 && some.length === 0) return `No dead letters are in ${from}.`;
  const letters = some.map(
    ({ messageId, sentAt, table = '(default table)', bytes }) => `  ${sentAt}  ${messageId}  ${table}  ${bytes} bytes`,
  );
  return [
    `About ${messages} dead letters are in ${from}; some of them:`,
    ...letters,
    `Nothing was moved. With --yes they go to ${to}.`,
  ].join('\n');
}

function movedLines({ moved, stay }: Moved, { to }: Move): string {
  const left = stay.map(({ messageId, why }) => `  ${messageId} stays: ${why}`);
  return [`${moved} dead letters were moved to ${to}.`, ...left].join('\n');
}
