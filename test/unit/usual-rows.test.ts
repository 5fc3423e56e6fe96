import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, newChunk } from '../../src/rows/chunk.ts';
import { type ChunkFitter, createChunkFitter } from '../../src/rows/fit-chunk.ts';
import { fitTableOf } from '../../src/rows/fit-table.ts';
import { RowWatch, shapesSeen } from '../../src/rows/row-watch.ts';
import { sqsRecord } from '../builders.ts';
import { runs } from '../property-runs.ts';
import { hold, rules, told } from './usual-messages-world.ts';

/** Values that columns of some types mostly have, and some that do not fit. */
const values: Readonly<Record<string, readonly string[]>> = {
  'bigint(20)': ['1', '-5', '12345678901', 'null', '99999999999999999999', '"7"'],
  'int(11)': ['1', '-5', 'null', '2147483648', '1.5'],
  'varchar(3)': ['""', '"a"', '"é"', '"a\\n"', 'null', '"four"', '"\\u00e9"', '5'],
  'varchar(64)': ['""', '"__op"', '"long enough"', '"\ud83d\ude00"', '"\ud800"'],
  'decimal(5, 2)': ['1.5', '0', '123.25', '1.255', '"1.5"'],
  datetime: ['"2024-03-05 12:00:00"', '"2024-03-05"', 'null', '"2024-03-05T12:00:00Z"', '1709640000'],
  variant: ['1', '"x"', 'true', '{"a":1}'],
  json: ['1', '{}'],
};
const usual = (type: string) => {
  const [first = '', second = '', ...others] = values[type] ?? [];
  return fc.oneof({ arbitrary: fc.constantFrom(first, second), weight: 9 }, fc.constantFrom(...others, first));
};
const names = ['id', 'name', 'ü', 'a b', 'type'];

/** A table, and messages of one row for it, mostly of the same keys. */
const cases = fc
  .record({
    types: fc.array(fc.constantFrom(...Object.keys(values)), { minLength: names.length, maxLength: names.length }),
    columns: fc.integer({ min: 1, max: names.length }),
    held: fc.subarray(names, { minLength: 1 }),
    nullable: fc.boolean(),
    hasKey: fc.boolean(),
    hasDefault: fc.boolean(),
    unknownKeys: fc.constantFrom('drop' as const, 'reject' as const),
    attributes: fc.constantFrom<Readonly<Record<string, string>>>({}, { table: 'orders' }, { columns: 'id,name' }),
  })
  .chain(({ types, held, attributes, ...table }) => {
    const typeOf = (name: string) => types[names.indexOf(name)] as string;
    const row = (some: readonly string[]) =>
      fc
        .tuple(...some.map((name) => usual(typeOf(name))))
        .map((all) => `{${some.map((name, at) => `"${name}":${all[at]}`).join()}}`);
    const bodies = fc.array(fc.oneof({ arbitrary: row(held), weight: 9 }, row(names), row(['id'])), {
      minLength: 3,
      maxLength: 12,
    });
    return bodies.map((all) => ({
      records: all.map((body, at) => sqsRecord({ messageId: `m${at}`, body, attributes })),
      fitter: fitterOf(typeOf, table),
    }));
  });

function fitterOf(
  typeOf: (name: string) => string,
  table: { columns: number; nullable: boolean; hasKey: boolean; hasDefault: boolean; unknownKeys: 'drop' | 'reject' },
): ChunkFitter {
  const { nullable, hasKey, hasDefault, unknownKeys } = table;
  const columns = names.slice(0, table.columns).map((name) => ({
    ...{ name, type: typeOf(name), nullable, key: name === 'id', generated: false, autoIncrement: false },
    default: hasDefault && name === 'name' ? 'new' : undefined,
  }));
  const how = { timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, unknownKeys, now: () => 0 };
  return createChunkFitter(fitTableOf(columns, hasKey ? ['id'] : undefined, how), rules.csv);
}

/** What becomes of a chunk, and what of that is the same for those of its kind. */
function fittedBy(fitter: ChunkFitter, chunk: Chunk) {
  const { parts, ...findings } = fitter.fitJson(chunk);
  const isAsItCame = (own: Chunk) => own.text === chunk.text && own.badRows === undefined;
  return {
    all: { ...findings, parts: parts.map((part) => ({ ...part, chunk: told(part.chunk) })) },
    ofKind: { ...findings, parts: parts.map((part) => ({ ...part, chunk: isAsItCame(part.chunk) })) },
  };
}

describe('usual messages of a table that is known', () => {
  it('are fitted to it as what decoding makes of them, and those that are seen, all alike', () => {
    let seen = 0;
    fc.assert(
      fc.property(cases, ({ records, fitter }) => {
        const fitterFor = ({ columns }: Pick<Chunk, 'columns'>) =>
          fitter.fitterOf(newChunk({ id: '', layout: 'lines', rows: 1, columns }));
        const watchFor = (named: Pick<Chunk, 'columns'>, text: string) => new RowWatch(fitterFor(named), text);
        const kinds = new Map<object | undefined, unknown>();
        for (const [chunk, decoded] of hold(records, { ...rules, fitterFor, watchFor })) {
          const { all, ofKind } = fittedBy(fitter, decoded);
          expect(fittedBy(fitter, chunk).all).toEqual(all);
          if (shapesSeen(chunk, fitter.fitterOf(chunk)) === undefined) continue;
          seen++;
          expect(ofKind).toEqual(kinds.get(chunk.alike) ?? ofKind);
          kinds.set(chunk.alike, ofKind);
        }
      }),
      { numRuns: runs(600) },
    );
    expect(seen).toBeGreaterThan(runs(200));
  });

  it('are seen by who fits them now, also where that was learned after their form', () => {
    const [one, other] = [1, 2].map(() =>
      fitterOf(() => 'int(11)', { columns: 2, nullable: true, hasKey: false, hasDefault: false, unknownKeys: 'drop' }),
    ) as [ChunkFitter, ChunkFitter];
    const chunk = newChunk({ id: '', layout: 'lines', rows: 1 });
    const who = [undefined, undefined, one, one, other, other, undefined].map((fitter) => fitter?.fitterOf(chunk));
    let at = 0;
    const records = who.map((_, id) => sqsRecord({ messageId: `m${id}`, body: `{"id":${id}}` }));
    const read = hold(records, { ...rules, fitterFor: () => who[at++] });
    const seenBy = read.map(([each]) => [one, other].findIndex((fitter) => shapesSeen(each, fitter.fitterOf(chunk))));
    expect(seenBy).toEqual([-1, 0, 0, 1, 1, -1]);
  });
});
