/** Who calls a frontend, and whether he may: 401 for who says nothing, for who is not known, and for who lacks a privilege. */
import { type Cluster, parseCredentials } from '../cluster.ts';
import { identityText, rolesOf, type Subject } from '../users/accounts.ts';
import type { Securable } from '../users/privileges.ts';
import type { Answer, Exchange } from './http.ts';
import { restFailure } from './replies.ts';

/** The caller, or why he is sent away. */
export type Caller =
  | { readonly subject: Subject; readonly denied?: undefined }
  | { readonly subject?: undefined; readonly denied: string };

export function callerOf({ accounts }: Cluster, { headers, socket }: Exchange): Caller {
  const wrong = wrongBase64(headers['authorization']);
  if (wrong !== undefined) return { denied: `invalid Base64 input character: ${wrong} (decimal)` };
  const credentials = parseCredentials(headers);
  if (credentials === undefined) return { denied: 'Need auth information.' };
  const address = socket.remoteAddress ?? '';
  const subject = accounts.login(credentials.user, credentials.password, address);
  return subject === undefined ? { denied: `Access denied for ${credentials.user}@${address}` } : { subject };
}

/** The code of the first character of Basic credentials that Base64 does not have. */
function wrongBase64(authorization = ''): number | undefined {
  const encoded = /^Basic\s+(.*)$/i.exec(authorization)?.[1] ?? '';
  return /[^\sA-Za-z\d+/=]/.exec(encoded)?.[0].charCodeAt(0);
}

export function unauthorized(text: string): Answer {
  return { status: 401, text, headers: { 'www-authenticate': 'Basic realm=""' } };
}

/** Undefined for who has the privilege; tables that do not exist are left to who looks for them. */
export function refuseWithout(
  { accounts, catalog }: Cluster,
  subject: Subject,
  privilege: string,
  object: Securable,
): Answer | undefined {
  const { database, name } = object;
  const exists = database === undefined || name === undefined || catalog.table(database, name) !== undefined;
  if (!exists || accounts.allowed(subject, privilege, object)) return undefined;
  const { active, inactive } = rolesOf(accounts, subject);
  const message =
    `Access denied for user ${identityText(subject.identity)}. Please ask the admin to grant permission(s) or try ` +
    `activating existing roles using <set [default] role>. Current role(s): [${active.join(', ')}]. ` +
    `Inactivated role(s): [${inactive.join(', ')}].`;
  return unauthorized(restFailure(message));
}
