import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../local/aws/faults.ts';
import { openStack, rowsOf, sorted } from './delivery-world.ts';

type Named = readonly [string, Fault];
const put = (name: string, fault: Omit<Fault, 'action'>): Named => [name, { action: 'PutObject', ...fault }];
const get = (name: string, fault: Omit<Fault, 'action'>): Named => [name, { action: 'GetObject', ...fault }];

const claims = [
  put('refuses a claim', { where: /claims\//, status: 500 }),
  put('is cut off before a claim', { where: /claims\// }),
  put('stores a claim and loses the answer', { where: /claims\//, after: true }),
  put('stores a claim and answers 500', { where: /claims\//, after: true, status: 500 }),
  put('answers a claim with 409', { where: /claims\//, status: 409, code: 'ConditionalRequestConflict' }),
  put('answers a claim with 412 though its key is absent', {
    where: /claims\//,
    status: 412,
    code: 'PreconditionFailed',
  }),
  put('is slow down for every claim, for a while', { where: /claims\//, status: 503, code: 'SlowDown', times: 8 }),
];

const decisions = [
  put('refuses the decision', { where: /decisions\//, status: 500 }),
  put('is cut off before the decision', { where: /decisions\// }),
  put('stores the decision and loses the answer', { where: /decisions\//, after: true }),
  put('stores the decision and answers 500', { where: /decisions\//, after: true, status: 500 }),
  put('answers the decision with 409', { where: /decisions\//, status: 409, code: 'ConditionalRequestConflict' }),
];

const segments = [
  put('refuses the segment', { where: /segments\//, status: 500 }),
  put('stores the segment and loses the answer', { where: /segments\//, after: true }),
  get('refuses to give the segment', { where: /segments\//, status: 500 }),
  get('breaks off instead of giving the segment', { where: /segments\// }),
];

describe.each([
  ['loaded directly', 4 * 1024 ** 2, [...claims, ...decisions]],
  ['staged', 0, [...claims, ...decisions, ...segments]],
] as const)('a batch that is %s, when S3', (_, stageAboveBytes, faults) => {
  let sink: Awaited<ReturnType<typeof openStack>>;
  beforeAll(async () => {
    sink = await openStack({ options: { 'sink.stage-above-bytes': stageAboveBytes } });
  });
  afterAll(() => sink.close());

  async function expectOnce(script: readonly Fault[]): Promise<void> {
    const table = await sink.createTable();
    for (const fault of script) sink.aws.faults.add(fault);
    await Promise.all([1, 11, 21].map((from) => sink.send(table, rowsOf(from, from + 9))));
    await sink.idle();
    expect(sink.aws.faults.waiting).toBe(0);
    expect(sorted(await sink.rows(table))).toEqual(rowsOf(1, 30).map(({ id }) => String(id)));
  }

  it.each(faults)('%s, has every row in the table once', (_name, fault) => expectOnce([fault]));

  it('does all of it at once, has every row in the table once', () => expectOnce(faults.map(([, fault]) => fault)));
});
