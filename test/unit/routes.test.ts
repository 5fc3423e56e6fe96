import { describe, expect, it } from 'vitest';
import { exactly, onlyNameOf } from '../../src/kit/patterns.ts';
import { compileRoutes } from '../../src/options/compile-routes.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { parseRoutes, requireRoutes } from '../../src/options/parse-routes.ts';
import type { RouteGiven } from '../../src/options/route.ts';

const file = requireOptions({
  ...{ 'load-url': 'fe:8030', username: 'root', password: '', 'sink.tables.allow': '*' },
  'sink.properties.timezone': 'Asia/Tokyo',
});

const route = (source: RouteGiven['source'], target: string, more: Partial<RouteGiven> = {}): RouteGiven => {
  const [database = '', table = ''] = target.split('.');
  return { source, database, table, ...more };
};
const compiled = (...routes: readonly RouteGiven[]) => compileRoutes(requireRoutes(routes, file), file);
const problems = (...routes: readonly unknown[]) => {
  const parsed = parseRoutes(routes, file);
  return parsed.ok ? [] : parsed.problems;
};
const named = (database: string, table: string) => ({ database: exactly(database), table: exactly(table) });
const targetOf = (found: ReturnType<ReturnType<typeof compiled>['routeOf']>) =>
  found && `${found.target.database}.${found.target.table}`;

describe('compileRoutes', () => {
  it('brings many shards into one table, by patterns that match anywhere in a name', () => {
    const routes = compiled(route({ database: 'edu_db_\\d', table: '^course_' }, 'edu.course'));
    expect(targetOf(routes.routeOf('edu_db_1', 'course_22'))).toBe('edu.course');
    expect(targetOf(routes.routeOf('old_edu_db_9', 'course_'))).toBe('edu.course');
    expect(routes.routeOf('edu_db_1', 'of_course_1')).toBeUndefined();
  });

  it('lets the last route that matches take a table, whether it names it or describes it', () => {
    const routes = compiled(
      route(named('shop', 'orders'), 'a.named'),
      route({ database: '^shop$', table: '.*' }, 'a.described'),
      route(named('shop', 'items'), 'a.items'),
    );
    expect(targetOf(routes.routeOf('shop', 'orders'))).toBe('a.described');
    expect(targetOf(routes.routeOf('shop', 'items'))).toBe('a.items');
    expect(targetOf(routes.routeOf('shop', 'rest'))).toBe('a.described');
  });

  it('takes the names apart: what is one of a pair is not one of another', () => {
    const routes = compiled(route(named('a', 'b.c'), 't.one'), route(named('a.b', 'c'), 't.two'));
    expect([targetOf(routes.routeOf('a', 'b.c')), targetOf(routes.routeOf('a.b', 'c'))]).toEqual(['t.one', 't.two']);
    expect(routes.routeOf('toString', '__proto__')).toBeUndefined();
  });

  it('reads patterns as the migration tool does, which writes them as Go has them', () => {
    const routes = compiled(route({ database: '(?i)^SHOP$', table: '^\\w+_[[:digit:]]{2}$' }, 't.t'));
    expect(targetOf(routes.routeOf('shop', 'orders_07'))).toBe('t.t');
    expect(routes.routeOf('shop', 'orders_7')).toBeUndefined();
  });

  it('asks for all that a route names: attributes of the message, and the object that was announced', () => {
    const routes = compiled(
      route({ object: '^landing/events/' }, 't.events'),
      route({ database: '^shop$', table: '^orders$', attributes: { tenant: '^acme$' } }, 'acme.orders'),
    );
    const orders = { database: 'shop', table: 'orders' };
    expect(targetOf(routes.routeFrom({ ...orders, attributes: { tenant: 'acme' } }))).toBe('acme.orders');
    expect(routes.routeFrom({ ...orders, attributes: { tenant: 'else' } })).toBeUndefined();
    expect(routes.routeOf('shop', 'orders')).toBeUndefined();
    expect(targetOf(routes.routeFrom({ object: 'landing/events/1.json' }))).toBe('t.events');
  });

  it('gives each route the options of the file with its own, one object for all that set the same', () => {
    const own = { 'sink.properties.timeout': '60', 'sink.unknown-columns': 'reject' };
    const routes = compiled(
      route(named('s', 'a'), 't.a', { options: own }),
      route(named('s', 'b'), 't.b', { options: { ...own } }),
      route(named('s', 'c'), 't.c'),
    );
    const a = routes.routeOf('s', 'a')?.options;
    expect(a).toMatchObject({ 'sink.unknown-columns': 'reject', 'load-url': ['http://fe:8030'] });
    expect(a?.properties).toEqual({ timezone: 'Asia/Tokyo', timeout: '60' });
    expect(routes.routeOf('s', 'b')?.options).toBe(a);
    expect(routes.routeTo('t', 'c')?.options).toBe(file);
  });

  it('finds one of ten thousand tables without looking at the others', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => route(named('shop', `t${i}`), `shop.t${i}`));
    const routes = compiled(...many, route({ database: '^shard_\\d+$', table: '^t$' }, 'all.t'));
    for (let i = 0; i < 10_000; i += 997) expect(targetOf(routes.routeOf('shop', `t${i}`))).toBe(`shop.t${i}`);
    expect(targetOf(routes.routeOf('shard_7', 't'))).toBe('all.t');
  });

  it('gives up on a pattern that goes back without end, and says which remedy there is', () => {
    const routes = compiled(route({ database: '^(a+)+$', table: '.' }, 't.t'));
    expect(() => routes.routeOf(`${'a'.repeat(60)}!`, 't')).toThrow(/ROUTE_PATTERN_SLOW/);
    expect(targetOf(routes.routeOf('aaa', 't'))).toBe('t.t');
  });
});

describe('onlyNameOf', () => {
  it('reads back what was written for one name, and nothing else', () => {
    for (const name of ['orders', 'a.b', 'a+b*c', 'täble', '[x]', 'back\\slash', '__proto__'])
      expect(onlyNameOf(exactly(name))).toBe(name);
    for (const pattern of ['orders', '^orders', '^or.ers$', '^a|b$', '^\\d$', '(?i)^a$', '^a\\b$'])
      expect(onlyNameOf(pattern)).toBeUndefined();
  });
});

describe('parseRoutes', () => {
  it('names every problem of every route, and where it stands', () => {
    const found = problems(
      { ...route(named('s', 'a'), 't.a'), colums: [] },
      route({ database: '(', table: '.' }, 't.b'),
      route({}, 't.c'),
      route(named('s', 'd'), 't.d', { options: { 'sink.unknown-colums': 'drop', 'load-url': 'other:8030' } }),
      route(named('s', 'e'), 't.e', {
        options: { 'sink.properties.timeout': 'soon' },
        mode: 'history',
        primaryKey: ['id'],
      }),
      'orders',
    );
    expect(found).toEqual([
      expect.stringMatching(/^routes\[0\] \(t\.a\), colums: /),
      expect.stringMatching(/^routes\[1\] \(t\.b\): the pattern of database is no regular expression, found "\("\.$/),
      expect.stringMatching(/^routes\[2\] \(t\.c\): source names nothing\./),
      'routes[3] (t.d): sink.unknown-colums is not an option; did you mean sink.unknown-columns?',
      'routes[3] (t.d): load-url holds for all tables of a sink: set it in the file, or make another sink.',
      expect.stringMatching(/^routes\[4\] \(t\.e\): sink\.properties\.timeout: expected seconds/),
      expect.stringMatching(/^routes\[4\] \(t\.e\): mode history keeps each change/),
      expect.stringMatching(/^routes\[5\]: /),
    ]);
  });

  it('refuses what goes against the options of the file', () => {
    const exactlyOnce = { 'sink.semantic': 'exactly-once' };
    expect(problems(route(named('s', 'a'), 't.a', { options: exactlyOnce }))).toEqual([
      'routes[0] (t.a): sink.semantic = exactly-once keeps its ledger in S3: sink.bucket is required.',
    ]);
    const withBucket = { ...file, 'sink.bucket': 'b' };
    const routes = [route(named('s', 'a'), 't.a', { options: exactlyOnce }), route(named('s', 'b'), 't.a')];
    const parsed = parseRoutes(routes, withBucket);
    expect(parsed.ok ? [] : parsed.problems).toEqual([
      'routes[1] (t.a): it sets other options than a route before it to t.a, and a table has one set of them.',
    ]);
  });

  it('shows the first of many problems, and how many there are', () => {
    const found = problems(...Array.from({ length: 50 }, () => ({})));
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toMatch(/^There are \d+ more problems of routes\.$/);
  });
});
