/** What the page asks for, and what it gets: each path is one question that a command answers too. */
import * as v from 'valibot';
import packageJson from '../../package.json' with { type: 'json' };
import { SinkError } from '../../src/kit/errors.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import { required } from '../place.ts';
import { meaningOf } from '../redrive/tell.ts';
import type { Measured } from '../status/measured.ts';
import type { Opened } from '../status/opened.ts';
import type { Overview } from '../status/overview.ts';
import { isKnown, type Story, tellStory } from '../status/story.ts';
import type { LoadMinutes } from './minutes.ts';
import { listRejected, openRejected } from './rejected.ts';
import { createRepairs } from './repairs.ts';
import type { Sample, Samples, Seen } from './samples.ts';
import type { Route, Routes } from './server.ts';
import type { Where } from './verdict.ts';

/** `GET /api/state` */
export interface ConsoleState {
  readonly version: string;
  /** What is looked at. */
  readonly place: string;
  readonly where: Where;
  readonly overview: Overview;
  /** Absent: StarRocks was not asked, or did not answer. */
  readonly minutes?: LoadMinutes;
  /** Absent: CloudWatch did not answer. */
  readonly measured?: Measured;
  /** The oldest first. */
  readonly samples: readonly Sample[];
}

/** `GET /api/story` */
export interface ToldStory {
  readonly story: Story;
  readonly isKnown: boolean;
  /** What each standing of its batches means. */
  readonly meanings: Readonly<Record<string, string>>;
}

export interface ApiDeps {
  readonly opened: Opened;
  readonly where: Where;
  readonly samples: Samples;
  readonly now: () => number;
}

const repairBody = v.strictObject({
  name: v.string(),
  text: v.optional(v.string()),
  again: v.optional(v.boolean()),
  sure: v.optional(v.boolean()),
});
const tokenBody = v.strictObject({ token: v.string() });

export function createRoutes({ opened, where, samples, now }: ApiDeps): Routes {
  const repairs = createRepairs(opened, now);
  const bucket = (): ObjectStore => required(opened.objects, 'bucket', '--bucket, the output BucketName of the stack');
  const stateOf = ({ look: { overview, measured }, minutes }: Seen): ConsoleState => ({
    ...{ version: packageJson.version, place: placeOf(where, opened), overview },
    ...{ where, samples: samples.kept() },
    ...(minutes && { minutes }),
    ...(measured && { measured }),
  });
  return new Map<string, Route>([
    ['GET /api/state', async () => stateOf(await samples.last())],
    ['GET /api/look', async () => stateOf(await samples.lookNow())],
    [
      'GET /api/rejected',
      (query) => {
        const [table, code, since] = ['table', 'code', 'since'].map((name) => query.get(name) || undefined);
        return listRejected({ table, code, since }, bucket(), now());
      },
    ],
    ['GET /api/rejected/object', (query) => openRejected(wordIn(query, 'name'), bucket())],
    ['POST /api/resend/plan', (_, body) => repairs.plan(checked(repairBody, body))],
    ['POST /api/resend', (_, body) => repairs.send(checked(tokenBody, body).token)],
    [
      'GET /api/story',
      async (query): Promise<ToldStory> => {
        const story = await tellStory(wordIn(query, 'subject'), { table: query.get('table') || undefined }, opened);
        return { story, isKnown: isKnown(story), meanings: meaningOf };
      },
    ],
  ]);
}

const placeOf = ({ stack }: Where, { place }: Opened): string =>
  stack ?? place.bucket ?? place.rowsQueueUrl ?? 'a sink without an address';

function wordIn(query: URLSearchParams, name: string): string {
  const word = query.get(name)?.trim();
  if (word) return word;
  throw new SinkError('OPTIONS_INVALID', `The request names no ${name}.`);
}

function checked<const S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const found = v.safeParse(schema, body);
  if (found.success) return found.output;
  throw new SinkError('OPTIONS_INVALID', `The request is not as it should be: ${v.summarize(found.issues)}`);
}
