import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Accounts, createAccounts, newAccount, type Subject } from '../../local/starrocks/users/accounts.ts';
import { hashPassword, isPassword, provesPassword, readPasswordHash } from '../../local/starrocks/users/password.ts';
import { type Securable, withGrant, withoutGrant } from '../../local/starrocks/users/privileges.ts';

const items: Securable = { kind: 'TABLE', database: 'shop', name: 'items' };
const orders: Securable = { kind: 'TABLE', database: 'shop', name: 'orders' };
const shop: Securable = { kind: 'DATABASE', database: 'shop' };

let accounts: Accounts;
let loader: Subject;

beforeEach(() => {
  accounts = createAccounts({ root: 'r' });
  accounts.create({ ...newAccount({ user: 'loader', host: '%' }), password: hashPassword('secret') });
  loader = { identity: { user: 'loader', host: '%' }, roles: [] };
});

function grant(on: Securable, ...privileges: string[]): void {
  const account = accounts.find(loader.identity)!;
  account.grants = withGrant(account.grants, { on, privileges: new Set(privileges), withGrantOption: false });
}

describe('logging in', () => {
  it('takes the password that was set, and no other', () => {
    expect(accounts.login('loader', 'secret', '127.0.0.1')).toEqual(loader);
    for (const wrong of ['', 'Secret', 'secret ']) expect(accounts.login('loader', wrong, '127.0.0.1')).toBeUndefined();
    expect(accounts.login('nobody', '', '127.0.0.1')).toBeUndefined();
  });

  it('takes the account of the narrowest host', () => {
    accounts.create({ ...newAccount({ user: 'loader', host: '10.%' }), password: hashPassword('inside') });
    expect(accounts.login('loader', 'inside', '10.1.2.3')?.identity.host).toBe('10.%');
    expect(accounts.login('loader', 'secret', '10.1.2.3')).toBeUndefined();
    expect(accounts.login('loader', 'secret', '192.168.0.1')?.identity.host).toBe('%');
  });
});

describe('a password', () => {
  const sha1 = (data: Buffer) => createHash('sha1').update(data).digest();
  const prove = (password: string, scramble: Buffer) => {
    const once = sha1(Buffer.from(password));
    const mask = sha1(Buffer.concat([scramble, sha1(once)]));
    return Buffer.from(once.map((byte, index) => byte ^ mask[index]!));
  };

  it('is proven by mysql_native_password', () => {
    const scramble = Buffer.alloc(20, 7);
    const hash = hashPassword('secret');
    expect(provesPassword(prove('secret', scramble), hash, scramble)).toBe(true);
    expect(provesPassword(prove('other', scramble), hash, scramble)).toBe(false);
    expect(provesPassword(prove('secret', Buffer.alloc(20, 8)), hash, scramble)).toBe(false);
    expect(provesPassword(Buffer.alloc(0), hash, scramble)).toBe(false);
    expect(provesPassword(Buffer.alloc(0), hashPassword(''), scramble)).toBe(true);
  });

  it('is read from the hash that MySQL prints', () => {
    const hash = readPasswordHash('*14E65567ABDB5135D0CFD9A70B3032C179A49EE7');
    expect(isPassword('secret', hash)).toBe(true);
    expect(readPasswordHash('*14E6')).toBeUndefined();
  });
});

describe('privileges', () => {
  it('are those on the object, or on all of its kind', () => {
    grant(items, 'INSERT');
    expect(accounts.allowed(loader, 'INSERT', items)).toBe(true);
    expect(accounts.allowed(loader, 'SELECT', items)).toBe(false);
    expect(accounts.allowed(loader, 'INSERT', orders)).toBe(false);
    grant({ kind: 'TABLE', database: 'shop' }, 'INSERT');
    expect(accounts.allowed(loader, 'INSERT', orders)).toBe(true);
    expect(accounts.allowed(loader, 'INSERT', { ...orders, database: 'other' })).toBe(false);
  });

  it('let a database be seen by who may do anything in it', () => {
    expect(accounts.allowed(loader, 'ANY', shop)).toBe(false);
    grant(items, 'INSERT');
    expect(accounts.allowed(loader, 'ANY', shop)).toBe(true);
    expect(accounts.allowed(loader, 'DROP', shop)).toBe(false);
  });

  it('are revoked where they were granted, and stay on what is larger', () => {
    const account = accounts.find(loader.identity)!;
    grant(items, 'INSERT', 'SELECT');
    grant({ kind: 'TABLE' }, 'SELECT');
    account.grants = withoutGrant(account.grants, items, new Set(['INSERT', 'SELECT']));
    expect(accounts.allowed(loader, 'INSERT', items)).toBe(false);
    expect(accounts.allowed(loader, 'SELECT', items)).toBe(true);
  });

  it('come with roles that are active, and with the roles of these, whatever circle they make', () => {
    accounts.createRole('outer', '');
    accounts.createRole('inner', '');
    const [outer, inner] = [accounts.role('outer')!, accounts.role('inner')!];
    outer.roles = ['inner'];
    inner.roles = ['outer'];
    inner.grants = [{ on: items, privileges: new Set(['INSERT']), withGrantOption: false }];
    accounts.find(loader.identity)!.roles = ['outer'];
    expect(accounts.allowed(loader, 'INSERT', items)).toBe(false);
    const active = { ...loader, roles: ['outer'] };
    expect(accounts.allowed(active, 'INSERT', items)).toBe(true);
    accounts.dropRole('inner');
    expect(accounts.allowed(active, 'INSERT', items)).toBe(false);
  });

  it('are gone with the user', () => {
    grant(items, 'INSERT');
    accounts.drop(loader.identity);
    expect(accounts.allowed(loader, 'INSERT', items)).toBe(false);
  });
});
