import { describe, expect, it } from 'vitest';
import { checkGrants, type WantedGrant } from '../../src/check/grants.ts';

const alter: WantedGrant = { privilege: 'ALTER', database: 'shop', table: 'orders', why: 'an option' };
const create: WantedGrant = { privilege: 'CREATE TABLE', database: 'shop', why: 'an option' };

const levelOf = async (wanted: WantedGrant, grants: readonly string[]) => {
  const port = { query: async () => grants.map((GRANTS) => ({ GRANTS })), close: () => undefined };
  const [finding] = await checkGrants([wanted], port, 'u');
  return finding?.level;
};

describe('a privilege that an option wants', () => {
  it.each([
    ["GRANT ALTER ON TABLE shop.orders TO USER 'u'@'%'"],
    ["GRANT INSERT, ALTER, SELECT ON TABLE shop.orders TO USER 'u'@'%'"],
    ["GRANT ALTER ON TABLE `shop`.`orders` TO USER 'u'@'%'"],
    ["GRANT ALTER ON ALL TABLES IN DATABASE shop TO USER 'u'@'%'"],
    ["GRANT ALTER ON ALL TABLES IN ALL DATABASES TO USER 'u'@'%' WITH GRANT OPTION"],
    ["GRANT 'root' TO 'u'@'%'"],
    ["GRANT 'public', 'db_admin' TO 'u'@'%'"],
  ])('is seen in %s', async (grant) => {
    expect(await levelOf(alter, ["GRANT INSERT ON TABLE shop.orders TO USER 'u'@'%'", grant])).toBe('ok');
  });

  it.each([
    ["GRANT ALTER ON TABLE shop.log TO USER 'u'@'%'"],
    ["GRANT ALTER ON TABLE other.orders TO USER 'u'@'%'"],
    ["GRANT INSERT ON TABLE shop.orders TO USER 'u'@'%'"],
    ["GRANT ALTER ON DATABASE shop TO USER 'u'@'%'"],
    ["GRANT ALTER ON ALL TABLES IN DATABASE other TO USER 'u'@'%'"],
  ])('is missed in %s', async (grant) => {
    expect(await levelOf(alter, [grant])).toBe('failure');
  });

  it('may come by a role, whose grants only an administrator sees', async () => {
    expect(await levelOf(alter, ["GRANT 'loader' TO 'u'@'%'"])).toBe('warning');
  });

  it('on a database is not one on its tables', async () => {
    expect(await levelOf(create, ["GRANT CREATE TABLE ON DATABASE shop TO USER 'u'@'%'"])).toBe('ok');
    expect(await levelOf(create, ["GRANT CREATE TABLE ON ALL DATABASES TO USER 'u'@'%'"])).toBe('ok');
    expect(await levelOf(create, ["GRANT CREATE TABLE ON DATABASE other TO USER 'u'@'%'"])).toBe('failure');
  });
});
