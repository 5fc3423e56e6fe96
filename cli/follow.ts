import { hostname } from 'node:os';
import { follow } from '../src/follow/follow.ts';
import type { TableProgress } from '../src/follow/mysql/place.ts';
import { SinkError } from '../src/kit/errors.ts';
import { wireFollow } from '../src/lambda/wire-follow.ts';
import { requireSource } from '../src/options/source-settings.ts';
import type { Telemetry } from '../src/telemetry.ts';
import { goPast } from './follow-past.ts';
import { openSink, type SinkAsked } from './sink-runtime.ts';
import { createSnapshotBar } from './snapshot-bar.ts';
import type { Terminal } from './terminal.ts';

export interface FollowAsked extends SinkAsked {
  readonly queueUrl: string;
  readonly past?: string | undefined;
  readonly quiet?: true | undefined;
  readonly json?: true | undefined;
}

/** Follows until it is interrupted, or until a person must act. @out exit code */
export async function runFollow(asked: FollowAsked, terminal: Terminal): Promise<number> {
  const tell = (event: string, fields: object): void => {
    if (asked.json) terminal.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  };
  const telemetry: Telemetry = {
    event: (level, message, fields) =>
      asked.json
        ? tell('said', { level, message, ...fields })
        : void (level !== 'info' && terminal.stderr.write(`${level}: ${message} ${JSON.stringify(fields)}\n`)),
    count: (metric, value) => metric === 'SourceRows' && tell('sent', { rows: value }),
  };
  const { parts, source, aws } = await openSink(asked, terminal.env, telemetry);
  const settings = requireSource(source);
  const bar = asked.json || asked.quiet ? undefined : createSnapshotBar(terminal.stderr);
  const loop = wireFollow(parts, {
    ...{ settings, queueUrl: asked.queueUrl, aws, waitsForOther: true, deadlineMs: Number.POSITIVE_INFINITY },
    holder: `${hostname()}-${process.pid}-${Date.now()}`,
    onSnapshot(tables) {
      bar?.show(tables);
      tell('snapshot', sumOf(tables));
    },
  });
  if (asked.past !== undefined) return goPast(asked.past, loop.deps, terminal);
  const until = interrupted(terminal);
  if (!asked.json && !asked.quiet) terminal.stderr.write(`Following ${settings['source.name']} until Ctrl-C.\n`);
  tell('started', { source: settings['source.name'] });
  try {
    await follow(loop, until);
    return 0;
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    tell('stopped', { code: error.code, says: error.message });
    if (!asked.json) terminal.stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    bar?.stop();
  }
}

const sumOf = (tables: readonly TableProgress[]) => ({
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  estimatedRows: tables.reduce((sum, { rows, estimatedRows }) => sum + Math.max(rows, estimatedRows), 0),
});

/** S3 is written without an end while it cannot be reached; what is not written when this is over is as after a kill. */
const longestEndMs = 5_000;

/** The first signal ends it in order, as far as AWS lets it; the second one ends the process. */
function interrupted({ stderr }: Terminal): AbortSignal {
  const until = new AbortController();
  const leave = () => process.exit(130);
  const giveUp = () => {
    stderr.write(
      `S3 did not answer for ${longestEndMs / 1000} s. Whoever follows next goes on where it was saved last.\n`,
    );
    leave();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      until.abort();
      process.once(signal, leave);
      setTimeout(giveUp, longestEndMs).unref();
    });
  return until.signal;
}
