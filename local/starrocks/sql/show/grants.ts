import type { Answer } from '../../mysql/mysql-replies.ts';
import { identityText } from '../../users/accounts.ts';
import { privilegesText, securableText, wholeSystem } from '../../users/privileges.ts';
import { userNotFound } from '../rights/access.ts';
import { granteeText } from '../rights/grant-statements.ts';
import { readIdentity, readName } from '../rights/identities.ts';
import { requireRole } from '../rights/user-statements.ts';
import { defaultCatalog } from '../session.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, type Shown, table } from './answer.ts';

/** SHOW GRANTS [FOR user | FOR ROLE role]: those of others are for who may grant. */
export function showGrants(reader: TokenReader, shown: Shown): Answer {
  const { accounts, session, rights } = shown;
  if (reader.accept('FOR', 'ROLE')) {
    const name = readName(reader);
    requireRole(accounts, name, 'There is no such grant defined for role');
    rights.require('GRANT', wholeSystem);
    return table('RoleName:100, Catalog:400, Grants:400', rowsOf(name, { role: name }, accounts.role(name)));
  }
  const own = session.subject.identity;
  const identity = reader.accept('FOR') ? readIdentity(reader) : own;
  const account = accounts.find(identity);
  if (account === undefined) throw userNotFound(identity);
  const text = identityText(identity);
  if (text !== identityText(own)) rights.require('GRANT', wholeSystem);
  return table('UserIdentity:100, Catalog:400, Grants:400', rowsOf(text, { user: identity }, account));
}

type Holder = Pick<NonNullable<ReturnType<Shown['accounts']['role']>>, 'grants' | 'roles'>;

function rowsOf(name: string, grantee: Parameters<typeof granteeText>[0], holder: Holder | undefined): Cell[][] {
  const { grants = [], roles = [] } = holder ?? {};
  const given = roles.map((role) => `'${role}'`).join(', ');
  const to = 'role' in grantee ? `ROLE '${grantee.role}'` : name;
  return [
    ...(roles.length === 0 ? [] : [[name, null, `GRANT ${given} TO ${to}`]]),
    ...grants.map((grant) => {
      const option = grant.withGrantOption ? ' WITH GRANT OPTION' : '';
      const text = `GRANT ${privilegesText(grant)} ON ${securableText(grant.on)} TO ${granteeText(grantee)}${option}`;
      return [name, grant.on.kind === 'SYSTEM' ? null : defaultCatalog, text];
    }),
  ];
}

export function showUsers(_: TokenReader, { accounts, rights }: Shown): Answer {
  rights.require('GRANT', wholeSystem);
  return table(
    'User:50',
    accounts.all().map((account) => [identityText(account)]),
  );
}

export function showRoles(_: TokenReader, { accounts, rights }: Shown): Answer {
  rights.require('GRANT', wholeSystem);
  return table(
    'Name:100, Builtin, Comment:300',
    accounts.roles().map(({ name, builtin, comment }) => [name, String(builtin), comment]),
  );
}
