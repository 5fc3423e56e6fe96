import { afterAll, beforeAll, expect, it } from 'vitest';
import { csvOf, typeCases, unitedTypes } from '../../scripts/docs/type-cases.ts';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const types = Object.keys(typeCases);
const cases = Object.values(typeCases).flatMap((all, at) => all.map((each) => ({ ...each, column: `c${at}` })));

let world: FittingWorld;
beforeAll(async () => {
  world = await openFitting({});
});
afterAll(() => world.close());

const forms: Record<string, { readonly body: string; readonly attributes: Record<string, string> }> = {
  from_json: {
    body: cases.map(({ column, given }, id) => `{"id":${id},"${column}":${given}}`).join('\n'),
    attributes: {},
  },
  from_csv: {
    body: cases
      .map((each, id) => [id, ...types.map((_, at) => (each.column === `c${at}` ? csvOf(each) : '\\N'))].join('\t'))
      .join('\n'),
    attributes: { format: 'csv' },
  },
  from_changes: {
    body: cases
      .map(
        ({ column, given }, id) =>
          `{"database":"d","table":"from_changes","type":"insert","ts":1,"data":{"id":${id},"${column}":${given}}}`,
      )
      .join('\n'),
    attributes: {},
  },
};

it.each(Object.entries(forms))(
  'values of %s arrive as docs/types.md says',
  async (table, { body, attributes }) => {
    const columns = types.map((type, at) => `c${at} ${type}`).join(', ');
    await world.sql(`CREATE TABLE d.${table} (id int not null, ${columns}) PRIMARY KEY(id)`);
    const before = new Set((await world.rejected()).map((each) => JSON.stringify(each)));
    await world.deliver(body, { table, ...attributes });
    const shown = types.map((type, at) => (type.startsWith('VARBINARY') ? `hex(c${at})` : `c${at}`)).join(', ');
    const rows = await world.sql(`SELECT id, ${shown} FROM d.${table} ORDER BY id`);
    const loaded = new Map(rows.map(([id, ...values]) => [Number(id), values.find((value) => value !== null) ?? null]));
    const reasons = new Map(
      (await world.rejected())
        .filter((each) => !before.has(JSON.stringify(each)))
        .map(({ row, reason }) => [row, reason.replace(/^Row \d+: column 'c\d+': /, '').replace(/\.$/, '')]),
    );
    const found = cases.map(({ given }, id) => {
      const value = loaded.get(id);
      return [given, loaded.has(id) ? (value === null ? null : String(value)) : reasons.get(id)];
    });
    const wanted = cases.map(({ given, arrives }) => [
      given,
      typeof arrives === 'object' && arrives ? expect.stringContaining(arrives.refused) : arrives,
    ]);
    expect(found).toEqual(wanted);
  },
  60_000,
);

const united = Object.entries(unitedTypes);
const ofUnited = united.flatMap(([, { cases: all }], at) => all.map((each) => ({ ...each, column: `c${at}` })));

it.each([
  [
    'JSON',
    {} as Record<string, string>,
    ofUnited.map(({ column, given }, id) => `{"id":${id},"${column}":${given}}`).join('\n'),
  ],
  ...united.map(([type, { cases: all }], at) => {
    const attributes: Record<string, string> = { format: 'csv', columns: `id,c${at}` };
    return [`CSV of ${type}`, attributes, all.map((each, id) => `${id}\t${csvOf(each)}`).join('\n')] as const;
  }),
] as const)('values that are united arrive as docs/types.md says, from %s', async (form, attributes, body) => {
  const table = `united_${form.replaceAll(' ', '_')}`;
  const columns = united.map(([type], at) => `c${at} ${type} ${type}_UNION`).join(', ');
  await world.sql(`CREATE TABLE d.${table} (id int not null, ${columns}) AGGREGATE KEY(id) DISTRIBUTED BY HASH(id)`);
  const before = new Set((await world.rejected()).map((each) => JSON.stringify(each)));
  await world.deliver(body, { table, ...attributes });
  const sent = form === 'JSON' ? ofUnited : ofUnited.filter(({ column }) => attributes['columns']?.endsWith(column));
  const shown = united.map(([type, { shown: by }], at) => `${by}(c${at}${type === 'PERCENTILE' ? ', 0.5' : ''})`);
  const rows = await world.sql(`SELECT id, ${shown.join(', ')} FROM d.${table} ORDER BY id`);
  const loaded = new Map(rows.map(([id, ...values]) => [Number(id), values]));
  const reasons = new Map(
    (await world.rejected())
      .filter((each) => !before.has(JSON.stringify(each)))
      .map(({ row, reason }) => [row, reason.replace(/^Row \d+: column 'c\d+': /, '').replace(/\.$/, '')]),
  );
  const found = sent.map(({ column }, id) => String(loaded.get(id)?.[Number(column.slice(1))] ?? reasons.get(id)));
  expect(found).toEqual(
    sent.map(({ arrives }) =>
      typeof arrives === 'object' && arrives ? expect.stringContaining(arrives.refused) : String(arrives),
    ),
  );
});
