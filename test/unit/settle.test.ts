import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acked, type Outcome } from '../../src/delivery/outcomes.ts';
import { settle } from '../../src/pipeline/settle.ts';
import { sqsRecord } from '../builders.ts';

const retry: Outcome = { verdict: 'retry', code: 'STARROCKS_TRANSIENT', detail: '' };
const reject: Outcome = { verdict: 'reject', code: 'ROW_NOT_JSON', detail: '' };

type Settling = Parameters<typeof settle>;

const failedIds = (
  records: Settling[0],
  outcomes: Settling[1],
  isOrdered = records[0]?.attributes.SequenceNumber !== undefined,
) => settle(records, outcomes, isOrdered).map(({ itemIdentifier }) => itemIdentifier);

describe('settle', () => {
  it('gives back exactly what is not acked on a standard queue', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.constantFrom(acked, retry, reject), { nil: undefined })), (verdicts) => {
        const records = verdicts.map((_, index) => sqsRecord({ messageId: `m${index}` }));
        const outcomes = new Map(
          verdicts.flatMap((outcome, index): [string, Outcome][] => (outcome ? [[`m${index}`, outcome]] : [])),
        );
        const expected = verdicts.flatMap((outcome, index) => (outcome === acked ? [] : [`m${index}`]));
        expect(failedIds(records, outcomes)).toEqual(expected);
      }),
    );
  });

  it('takes a message without an outcome for one that failed', () => {
    expect(failedIds([sqsRecord({ messageId: 'm1' })], new Map())).toEqual(['m1']);
    expect(failedIds([sqsRecord({ messageId: 'm1' })], new Map([['m2', acked]]))).toEqual(['m1']);
  });

  it('gives back everything behind a failure in its FIFO group, and nothing of another group', () => {
    const parts = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(parts, (messages) => {
        const records = messages.map(([group], index) => sqsRecord({ messageId: `m${index}`, group }));
        const outcomes = new Map(
          messages.map(([, isGood], index): [string, Outcome] => [`m${index}`, isGood ? acked : retry]),
        );
        const failed = new Set(failedIds(records, outcomes));
        for (const [index, [group]] of messages.entries()) {
          const isBehind = messages.slice(0, index + 1).some(([other, isGood]) => other === group && !isGood);
          expect(failed.has(`m${index}`)).toBe(isBehind);
        }
      }),
    );
  });

  it('keeps no order for the groups of a fair standard queue, which have no sequence number', () => {
    const record = (messageId: string) => {
      const { SequenceNumber: _, ...attributes } = sqsRecord({ messageId, group: 'a' }).attributes;
      return { ...sqsRecord({ messageId }), attributes };
    };
    expect(
      failedIds(
        [record('m1'), record('m2')],
        new Map([
          ['m1', retry],
          ['m2', acked],
        ]),
      ),
    ).toEqual(['m1']);
  });
});
