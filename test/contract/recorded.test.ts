/** Holds the target to what a real frontend was recorded to answer, exchange by exchange. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparable } from './replay/compare.ts';
import { notImitated } from './replay/not-imitated.ts';
import { readRecording, recordingNames, titleOf } from './replay/recording.ts';
import { type Replayed, replay } from './replay/replay.ts';
import { openReplayTarget, type ReplayTarget } from './replay/target.ts';

describe.each(recordingNames)('%s', (name) => {
  const recording = readRecording(name);
  const left = new Map(
    notImitated.filter((row) => row.recording === name).flatMap(({ at, reason }) => at.map((index) => [index, reason])),
  );
  let target: ReplayTarget;
  let replayed: Replayed;

  beforeAll(async () => {
    target = await openReplayTarget();
    replayed = await replay(recording, target);
  });
  afterAll(() => target.close());

  it('makes the tables that it stands on', () => expect(replayed.refusedSetUp).toEqual([]));

  recording.exchanges.forEach((exchange, index) => {
    const { request, response } = exchange;
    if (request === undefined || response === undefined) return;
    const wanted = comparable(response, request.to);
    const reason = left.get(index);
    const title = `${index} ${titleOf(exchange)}`;
    it(reason === undefined ? title : `${title}: otherwise, because ${reason}`, (context) => {
      const answer = replayed.answers[index];
      if (answer === undefined) context.skip('a real cluster can not be treated so');
      else if (reason === undefined || target.standIn === undefined)
        expect(comparable(answer, request.to)).toEqual(wanted);
      else expect(comparable(answer, request.to)).not.toEqual(wanted);
    });
  });
});
