import { expect, it } from 'vitest';
import { RowFitter } from '../../src/rows/fit-row.ts';
import { fitTableOf } from '../../src/rows/fit-table.ts';
import { RowWatch } from '../../src/rows/row-watch.ts';

const name = {
  ...{ name: 'name', type: 'varchar(10)', nullable: true, key: false, generated: false, autoIncrement: false },
  default: undefined,
};
const rules = { timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, now: Date.now } as const;
const table = fitTableOf([name], undefined, { ...rules, unknownKeys: 'drop' });

it.each([
  ['{"name":"eeeeee"}', true],
  ['{"name":"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"}', false],
  ['{"name":"éééééé"}', false],
])('counts the bytes of what a row holds, however that is written: %s', (text, fits) => {
  const watch = new RowWatch(new RowFitter(table), text);
  watch.see(JSON.parse(text), text);
  expect(watch.saw(text)).toBe(fits);
});
