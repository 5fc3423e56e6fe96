/** Every answer that a real frontend was recorded to give to a load or a transaction gets a verdict that somebody chose. */
import { describe, expect, it } from 'vitest';
import type { StarRocksOperation } from '../../src/ports.ts';
import { ruleOf, textRules } from '../../src/starrocks/answer-texts.ts';
import { type AnswerVerdict, readAnswer } from '../../src/starrocks/answers.ts';
import { readRecording, recordingNames } from '../contract/replay/recording.ts';

interface Recorded {
  readonly recording: string;
  readonly operation: StarRocksOperation;
  readonly status: number;
  readonly text: string;
  readonly message: string;
}

const operations =
  /\/(?:api\/transaction\/(begin|load|prepare|commit|rollback)|(?:_)?(stream_load|get_load_state))(?:\?|$)/i;

const answers: readonly Recorded[] = recordingNames.flatMap((recording) =>
  readRecording(recording).exchanges.flatMap(({ request, response }) => {
    const [, command, question] = operations.exec(request?.path ?? '') ?? [];
    const operation = (command ?? question)?.toLowerCase() as StarRocksOperation | undefined;
    if (operation === undefined || response?.status === undefined || response.status === 307) return [];
    const { status, body: text = '' } = response;
    return [{ recording, operation, status, text, message: messageIn(text) }];
  }),
);

function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { Message: text };
  }
}

function messageIn(text: string): string {
  const { Message, msg } = fieldsIn(text);
  return String(Message ?? msg ?? '');
}

/** A part of a recorded message, and what the sink makes of it; the first row that fits is the one. */
const chosen: readonly (readonly [part: string, verdict: AnswerVerdict])[] = [
  ['has already committed', 'loaded'],
  ['has already aborted', 'done'],
  ['publish timeout', 'loaded'],
  ['Can not abort VISIBLE', 'finished'],
  ['Can not abort COMMITTED', 'finished'],
  ['Can not commit ABORTED', 'aborted'],
  ['No transaction found by label', 'not-exists'],
  ['has no node', 'not-exists'],
  ['not exists', 'not-exists'],
  ["hasn't send any data yet", 'transient'],
  ['id already exist', 'transient'],
  ['No backend alive', 'transient'],
  ["Can't find available backends", 'transient'],
  ['has intolerable failure', 'transient'],
  ['larger than limit', 'throttled'],

  ['Failed to iterate document stream', 'data'],
  ['No partitions have data available', 'data'],

  ['you need (at least one of) the INSERT privilege(s)', 'privilege'],
  ["Access denied for user '", 'privilege'],
  ['Access denied for ', 'access'],
  ['Need auth information', 'access'],
  ['invalid Base64 input', 'access'],

  ['unknown database', 'configuration'],
  ['unknown table', 'configuration'],
  ['] does not exist', 'configuration'],
  ['No database selected', 'configuration'],
  ['No label selected', 'configuration'],
  ['Empty label', 'configuration'],
  ['Label format error', 'configuration'],
  ['Only olap/lake table support stream load', 'configuration'],
  ['Unknown or incorrect time zone', 'configuration'],
  ['Unknown partition', 'configuration'],
  ['unknown column in where statement', 'configuration'],
  ['Getting syntax error', 'configuration'],
  ['analyze error', 'configuration'],
  ['Mapping column is not in table', 'configuration'],
  ['Column has no default value', 'configuration'],
  ['Duplicate column', 'configuration'],
  ['Conditional update only', 'configuration'],
  ['Only primary key table support partial update', 'configuration'],
  ['Merge condition column', 'configuration'],
  ['not in partial update columns', 'configuration'],
  ['Only one of http header', 'configuration'],
  ['There is no 100-continue header', 'configuration'],
  ['Invalid timeout', 'configuration'],
  ['For input string', 'configuration'],
  ['Warehouse name: no_such not exist', 'configuration'],
  ['must be set positive', 'configuration'],
  ['Unknown data format', 'configuration'],
  ['Unknown source type', 'configuration'],
  ['Must provide channel', 'configuration'],
  ['Invalid request', 'configuration'],
  ['Malformed json tablets', 'configuration'],
  ['load request not equal last', 'configuration'],
  ['not equal transaction', 'configuration'],
  ['Not implemented', 'configuration'],
  ['(an HTML page of ', 'configuration'],
];

const isUsedLabel = ({ text }: Recorded) => /"(?:Label Already Exists|LABEL_ALREADY_EXISTS)"/.test(text);
const isPlain = ({ message }: Recorded) => message === '' || message === 'OK' || message === 'Success';
const telling = answers.filter((answer) => !isUsedLabel(answer) && !isPlain(answer));

it('is looked for in many recordings', () => {
  expect(telling.length).toBeGreaterThan(100);
});

it.each(chosen)('%s: %s', (part, verdict) => {
  const rowOf = (message: string) => chosen.find(([other]) => message.includes(other))?.[0];
  const own = telling.filter(({ message }) => rowOf(message) === part);
  expect(own).not.toEqual([]);
  for (const { operation, status, text } of own) {
    expect(readAnswer(operation, { status, text }).verdict, `${operation} ${text}`).toBe(verdict);
  }
});

it('leaves no text to a general rule', () => {
  const texts = telling.filter(({ message }) => !chosen.some(([part]) => message.includes(part)));
  expect(texts).toEqual([]);
  const unknown = telling.filter(({ message, text }) => {
    const isFailure = !/"(?:OK|Success)"/.test(text) && text.startsWith('{');
    return isFailure && !/TXN_NOT_EXISTS/.test(text) && ruleOf(message) === undefined;
  });
  expect(unknown).toEqual([]);
});

it('a used label is told by its status word', () => {
  const verdicts = new Map<string, Set<AnswerVerdict>>();
  for (const { operation, status, text } of answers.filter(isUsedLabel)) {
    const { existing, verdict } = readAnswer(operation, { status, text });
    const key = `${operation} ${existing}`;
    verdicts.set(key, (verdicts.get(key) ?? new Set()).add(verdict));
  }
  expect(Object.fromEntries(verdicts)).toEqual({
    'begin local': new Set(['running']),
    'begin running': new Set(['running']),
    'begin finished': new Set(['running']),
    'stream_load running': new Set(['running']),
    'stream_load finished': new Set(['loaded']),
  });
});

it('success without a text is success', () => {
  for (const { operation, status, text } of answers.filter(isPlain).filter((answer) => !isUsedLabel(answer))) {
    const verdict = operation === 'stream_load' || operation === 'commit' ? 'loaded' : 'done';
    expect(readAnswer(operation, { status, text }).verdict, text).toBe(verdict);
  }
});

describe('a rule of the table', () => {
  const said = new Map(
    recordingNames.map((name) => [
      name,
      readRecording(name).exchanges.flatMap(({ response }) => {
        const { body, error } = response ?? {};
        return [error?.message ?? '', messageIn(body ?? ''), String(fieldsIn(body ?? '')['reason'])];
      }),
    ]),
  );

  it.each(textRules.filter(([, , shown]) => said.has(shown)))('%s means %s, as %s shows', (says, _, shown) => {
    expect(said.get(shown)?.some((text) => ruleOf(text)?.[0] === says)).toBe(true);
  });

  it.each(textRules.filter(([, , shown]) => !said.has(shown)))('%s means %s, as %s says', (_says, _means, shown) => {
    expect(shown).toMatch(/^(?:§\d+(?:\.\d+)?|StarRocks (?:issue \d+|option \w+))$/);
  });
});
