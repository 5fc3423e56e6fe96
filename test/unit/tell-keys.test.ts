import { describe, expect, it } from 'vitest';
import { createKeyTeller } from '../../src/pipeline/tell-keys.ts';

function tellerAt() {
  const clock = { ms: 0 };
  const told: unknown[] = [];
  const counted: unknown[] = [];
  const telemetry = {
    event: (level: string, message: string, fields: object) => void told.push([level, message, fields]),
    count: (metric: string, value: number) => void counted.push([metric, value]),
  };
  const teller = createKeyTeller(telemetry, { now: () => clock.ms });
  const tell = (table: string, unknown: readonly string[], misspelt: readonly string[] = []) =>
    teller.tell(
      { database: 'd', table },
      { unknown: new Set(unknown), rowsWithUnknown: unknown.length, misspelt: new Set(misspelt) },
    );
  return { clock, told, counted, tell, teller };
}

describe('keys that no column has', () => {
  it('are counted each time, and named once an hour for each table', () => {
    const { clock, told, counted, tell } = tellerAt();
    tell('t', ['x']);
    tell('t', ['y']);
    tell('u', ['z']);
    clock.ms = 3_599_999;
    tell('t', ['x']);
    expect(told).toEqual([
      ['warn', 'keys without a column', { table: 'd.t', keys: ['x'], rows: 1 }],
      ['warn', 'keys without a column', { table: 'd.u', keys: ['z'], rows: 1 }],
    ]);
    clock.ms = 3_600_000;
    tell('t', ['y']);
    expect(told).toHaveLength(3);
    expect(counted).toEqual(Array.from({ length: 5 }, () => ['RowsWithUnknownKeys', 1]));
  });

  it('are new once for each table, so that its columns are not asked for again and again', () => {
    const { teller } = tellerAt();
    const table = { database: 'd', table: 't' };
    expect([1, 2].map(() => teller.areNew(table, new Set(['x'])))).toEqual([true, false]);
    expect(teller.areNew({ ...table, table: 'u' }, new Set(['x']))).toBe(true);
  });
});

it('names keys in another case than their columns once for each table, for ever', () => {
  const { clock, told, tell } = tellerAt();
  tell('t', [], ['ID']);
  clock.ms = 1e12;
  tell('t', [], ['Id']);
  tell('u', [], ['ID']);
  expect(told).toEqual([
    ['info', 'keys in another case', { table: 'd.t', keys: ['ID'] }],
    ['info', 'keys in another case', { table: 'd.u', keys: ['ID'] }],
  ]);
});
