import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settle } from '../../local/aws/event-source-response.ts';

const ids = ['a', 'b', 'c'];
const failing = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('settle', () => {
  it.each([[null], [undefined], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }]])(
    'reads %j as success',
    (response) => {
      expect(settle(response, ids)).toEqual({ kind: 'success' });
    },
  );

  it.each([
    ['a string', 'ok'],
    ['a list', []],
    ['a number', 0],
    ['failures that are no list', { batchItemFailures: 'a' }],
    ['an empty identifier', failing('')],
    ['a null identifier', failing(null)],
    ['an identifier that is no string', failing(1)],
    ['a misspelt key', { batchItemFailures: [{ itemId: 'a' }] }],
    ['an entry that is no object', { batchItemFailures: ['a'] }],
    ['an unknown id', failing('z')],
    ['an unknown id beside a known one', failing('a', 'z')],
  ])('keeps the whole batch for %s', (_, response) => {
    expect(settle(response, ids).kind).toBe('malformed');
  });

  it('reads a misspelt outer key as success, as Lambda does', () => {
    expect(settle({ batchItemFailure: [{ itemIdentifier: 'a' }] }, ids)).toEqual({ kind: 'success' });
  });

  it('keeps exactly the listed messages, however often they are listed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ids), { minLength: 1 }), (listed) => {
        expect(settle(failing(...listed), ids)).toEqual({ kind: 'partial', failed: new Set(listed) });
      }),
    );
  });
});
