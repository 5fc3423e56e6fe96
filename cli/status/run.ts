import { systemClock } from '../../src/kit/clock.ts';
import { once } from '../../src/kit/once.ts';
import type { Terminal } from '../terminal.ts';
import { visible } from '../visible.ts';
import { openStatus, type StatusAsked } from './opened.ts';
import { lookAround, needsSomebody, overviewLines } from './overview.ts';
import { isKnown, type StoryAsked, storyLines, tellStory } from './story.ts';

export interface RunStatusAsked extends StatusAsked, StoryAsked {
  readonly watch?: number | true | undefined;
  readonly json?: true | undefined;
}

/** Waits until the next look. @out  false: somebody has interrupted */
export type NextLook = (seconds: number) => Promise<boolean>;

const usualPauseS = 5;

/** @out  exit code: 1 when something waits for a person, or cannot be told */
export async function runStatus(
  subject: string | undefined,
  asked: RunStatusAsked,
  terminal: Terminal,
  nextLook: NextLook = untilInterrupted(),
): Promise<number> {
  const opened = await openStatus(asked, terminal.env);
  const look = async (): Promise<number> => {
    if (subject !== undefined) {
      const story = await tellStory(subject, asked, opened);
      print(asked.json ? JSON.stringify(story) : visible(storyLines(story, systemClock.now())), asked, terminal);
      return isKnown(story) ? 0 : 1;
    }
    const { overview: found } = await lookAround(opened);
    print(asked.json ? JSON.stringify(found) : visible(overviewLines(found)), asked, terminal);
    return needsSomebody(found) ? 1 : 0;
  };
  try {
    if (asked.watch === undefined) return await look();
    const pauseS = asked.watch === true ? usualPauseS : asked.watch;
    for (;;) {
      await look();
      if (!(await nextLook(pauseS))) return 0;
    }
  } finally {
    opened.close();
  }
}

/** @source  ECMA-48: cursor to the upper left, and all behind it is erased */
const fromTheTop = '\x1b[H\x1b[J';

/** What is watched stands in one place of a terminal, and one below the other elsewhere. */
function print(text: string, { watch, json }: RunStatusAsked, { stdout }: Terminal): void {
  const isScreen = watch !== undefined && !json && stdout.isTTY;
  stdout.write(`${isScreen ? fromTheTop : ''}${text}\n${watch !== undefined && !json && !isScreen ? '\n' : ''}`);
}

function untilInterrupted(): NextLook {
  const until = new AbortController();
  const begins = once(async () => void process.once('SIGINT', () => until.abort()));
  return async (seconds) => {
    await begins();
    await systemClock.sleep(seconds * 1000, until.signal);
    return !until.signal.aborted;
  };
}
