import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listPage } from '../../local/aws/list-page.ts';

/** Keys of few characters, so that they meet: cases, a delimiter, what lies beyond 16 bits and what lies before it. */
const key = fc.string({ unit: fc.constantFrom('a', 'B', '/', 'é', '\uffee', '😀'), minLength: 1, maxLength: 5 });

it('gives each key and each common prefix once, in the order of their bytes, in pages of any size', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.string({ unit: fc.constantFrom('a', 'B', '/'), maxLength: 2 }),
      fc.constantFrom(undefined, '/', 'a'),
      fc.integer({ min: 1, max: 4 }),
      (keys, prefix, delimiter, maxKeys) => {
        const found: string[] = [];
        for (let after: string | undefined = ''; after !== undefined; ) {
          const page: ReturnType<typeof listPage<{ key: string }>> = listPage(
            keys.map((each) => ({ key: each })),
            { prefix, delimiter, after, maxKeys },
          );
          const places = [...page.keys.map((each) => each.key), ...page.commonPrefixes];
          expect(places.length).toBeLessThanOrEqual(maxKeys);
          found.push(...places.sort(byBytes));
          // Else a page that goes on at its own beginning would go on for ever.
          expect(found.length).toBeLessThanOrEqual(keys.length);
          after = page.next;
        }
        const whole = keys
          .filter((each) => each.startsWith(prefix))
          .map((each) => {
            const cut = delimiter === undefined ? -1 : each.indexOf(delimiter, prefix.length);
            return cut < 0 ? each : each.slice(0, cut + 1);
          });
        expect(found).toEqual([...new Set(whole)].sort(byBytes));
      },
    ),
  );
});

const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

it('gives nothing, and no next page, when it may give nothing', () => {
  const asked = { prefix: '', delimiter: undefined, after: '', maxKeys: 0 };
  expect(listPage([{ key: 'a' }], asked)).toEqual({ keys: [], commonPrefixes: [], next: undefined });
});
