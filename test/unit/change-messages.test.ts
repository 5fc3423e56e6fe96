import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChanges } from '../../src/messages/changes/read-changes.ts';
import { mirrorRows } from '../../src/messages/changes/table-rows.ts';
import { type DecodeRules, decodeMessage } from '../../src/messages/decode.ts';
import { allowList, destinationOf, type RouteRules } from '../../src/messages/route.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { runs } from '../property-runs.ts';
import { envelope, rules, source } from './change-event-reading.ts';

describe('a message of change events', () => {
  const routing: RouteRules = { database: 'dw', table: 'main', allow: ['shop.*'], properties: {} };
  const decodeRules: DecodeRules = {
    ...{ maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: csvLayout },
    changes: { ...rules, isAllowed: allowList(routing) },
  };
  const decode = (body: string, attributes: Record<string, string> = {}) => {
    const decoded = decodeMessage(sqsRecord({ body, attributes }), decodeRules);
    return decoded.ok ? decoded.chunks[0] : decoded.rejection.code;
  };
  const of = (table: string, parts: object = {}) =>
    JSON.stringify(envelope({ op: 'c', after: { id: 1 }, source: { ...source, table }, ...parts }));

  it('goes to the table of the event where messages may name it, else to the default table', () => {
    expect(decode(of('kv'))).toMatchObject({ database: 'shop', table: 'kv', rows: 1, text: '{"id":1,"__op":0}' });
    const other = of('kv', { source: { ...source, db: 'secret' } });
    expect(decode(other)).toMatchObject({ database: undefined, table: undefined, rows: 1 });
  });

  it('goes where the message itself says', () => {
    expect(decode(of('kv'), { database: 'a', table: 'b' })).toMatchObject({ database: 'a', table: 'b' });
    expect(decode(of('kv'), { table: 'b' })).toMatchObject({ database: 'shop', table: 'b' });
  });

  it('takes a schema for the database where that may be named', () => {
    const postgres = of('kv', { source: { ...source, db: 'store', schema: 'shop' } });
    expect(decode(postgres)).toMatchObject({ database: 'shop', table: 'kv' });
  });

  it('holds events of one table, in a list or one a line', () => {
    expect(decode(`[${of('kv')},${of('kv')}]`)).toMatchObject({ table: 'kv', rows: 2 });
    expect(decode(`${of('kv')}\n${of('kv')}\nnull\n`)).toMatchObject({ table: 'kv', rows: 2 });
    expect(decode(`${of('kv')}\n${of('other')}`, { database: 'a', table: 'b' })).toMatchObject({ table: 'b', rows: 2 });
    expect(decode(`${of('kv')}\n{"id":1}`)).toBe('CHANGE_EVENT_INVALID');
    expect(decode(`${of('kv')}\nnot JSON`)).toBe('CHANGE_EVENT_INVALID');
  });

  it('is a chunk for each table, of an identity of its own that is always the same', () => {
    const decodeAll = () => {
      const decoded = decodeMessage(sqsRecord({ body: `${of('kv')}\n${of('other')}\n${of('kv')}` }), decodeRules);
      return decoded.ok ? decoded.chunks : [];
    };
    const chunks = decodeAll();
    expect(chunks).toMatchObject([
      { table: 'kv', rows: 2 },
      { table: 'other', rows: 1 },
    ]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(2);
    expect(decodeAll()).toEqual(chunks);
  });

  it('is empty when its events change nothing', () => {
    expect(decode('{"ts_ms":1}')).toMatchObject({ rows: 0 });
    expect(decode('null')).toMatchObject({ rows: 0 });
  });

  it('leaves rows of the producer library alone, whatever they look like', () => {
    expect(decode(of('kv'), { rows: '1' })).toMatchObject({ text: of('kv') });
  });

  it('updates some columns only when the others were not available', () => {
    const chunk = decode(of('kv', { op: 'u', after: { id: 1, big: '__debezium_unavailable_value' } }));
    expect(chunk).toMatchObject({ isPartial: true, columns: ['id'], text: '{"id":1,"__op":0}' });
    if (typeof chunk === 'string') throw new Error(chunk);
    const { headers } = destinationOf({ database: 'shop', table: 'kv' }, chunk, routing, {
      columns: ['id', 'big'],
      primaryKey: ['id'],
    });
    expect(headers).toMatchObject({ partial_update: 'true', columns: '`id`' });
  });

  it('may hold events that lack columns beside others when the table is known', () => {
    const some = of('kv', { op: 'u', after: { id: 2, big: '__debezium_unavailable_value' } });
    const chunk = decode(`${of('kv', { after: { id: 1, big: 'x' } })}\n${some}`);
    expect(chunk).toMatchObject({ isPartial: true, columns: undefined, rows: 2 });
    if (typeof chunk === 'string') throw new Error(chunk);
    const to = (columns: string[] | undefined) =>
      destinationOf({ database: 'shop', table: 'kv' }, chunk, routing, columns && { columns, primaryKey: ['id'] });
    expect(to(['id', 'big']).headers).toMatchObject({ partial_update: 'true' });
    expect(() => to(undefined)).toThrow(expect.objectContaining({ code: 'CHANGE_TABLES_MIXED' }));
  });

  it('deletes from a table with a primary key only', () => {
    const chunk = decode(of('kv', { op: 'd', before: { id: 1 }, after: null }));
    if (typeof chunk === 'string') throw new Error(chunk);
    const to = (primaryKey: string[] | undefined) =>
      destinationOf({ database: 'shop', table: 'kv' }, chunk, routing, { columns: ['id'], primaryKey });
    expect(to(['id']).headers['format']).toBe('json');
    expect(() => to(undefined)).toThrow(expect.objectContaining({ code: 'DELETE_WITHOUT_KEY' }));
  });
});

describe('events that somebody damaged', () => {
  const folder = new URL('../fixtures/change-events/', import.meta.url);
  const names = [
    'debezium-3.6/mysql-envelope-noschema-strings',
    'debezium-3.6/mysql-unwrapped-rewrite',
    'debezium-3.6/mysql-envelope-schema',
    'maxwell-1.22.6/maxwell',
    'canal-1.1.7/canal-flat',
  ];
  const events = names.flatMap((name) => {
    const lines = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
      .trim()
      .split('\n');
    return lines
      .map((line) => JSON.parse(line))
      .map((line) => ('topic' in line ? line.value : line))
      .filter((event) => event !== null);
  });
  type Node = Record<string, unknown>;
  const paths = (value: unknown, at: string[] = []): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).flatMap((key) => [[...at, key], ...paths((value as Node)[key], [...at, key])])
      : [];
  const damaged = fc
    .record({ event: fc.constantFrom(...events), at: fc.nat(), value: fc.option(fc.jsonValue(), { nil: undefined }) })
    .map(({ event, at, value }) => {
      const copy = structuredClone(event) as Node;
      const all = paths(copy);
      const path = all[at % all.length] ?? [];
      const parent = path.slice(0, -1).reduce((node, key) => node[key] as Node, copy);
      parent[path.at(-1) ?? ''] = value;
      return JSON.stringify(copy);
    });

  it('never throw, and never give a row that an image of theirs does not hold', () => {
    fc.assert(
      fc.property(damaged, (text) => {
        const changes = readChanges(text);
        if (changes === undefined || 'code' in changes) return;
        const event = JSON.parse(text) as Node;
        const payload = (event['payload'] ?? event) as Node;
        const held = [payload, payload['before'], payload['after'], payload['data'], payload['old']].flat();
        const columns = new Set(
          held.flatMap((image) => (typeof image === 'object' && image !== null ? Object.keys(image) : [])),
        );
        const rows = changes.flatMap((change) =>
          change.rows.flatMap((row) => mirrorRows(row, { ignoresUpdateBefore: false })),
        );
        for (const row of rows.map((each) => JSON.parse(each) as Node)) {
          expect([0, 1]).toContain(row['__op']);
          for (const name of Object.keys(row)) expect(name === '__op' || columns.has(name)).toBe(true);
        }
        const images = Array.isArray(payload['data']) ? payload['data'].length : 1;
        expect(rows.length).toBeLessThanOrEqual(2 * images);
      }),
      { numRuns: runs(500) },
    );
  });

  it('never throw, cut anywhere', () => {
    fc.assert(
      fc.property(fc.constantFrom(...events), fc.nat(), (event, at) => {
        const text = JSON.stringify(event);
        expect(readChanges(text.slice(0, at % text.length))).toBeUndefined();
      }),
    );
  });
});
