import { SinkError } from '../kit/errors.ts';

export interface QueryHosts {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** Present when the URL asks for TLS; `verify` says whether the certificate must be right. */
  readonly tls?: { readonly verify: boolean };
}

const queryPort = 9030;

/**
 * Reads a JDBC URL as MySQL Connector/J has them: `jdbc:mysql://h1:9030,h2:9030/database?useSSL=true`.
 *
 * Of the parameters only sslMode and useSSL are heeded; database, and user info, are not.
 *
 * @throws SinkError OPTIONS_INVALID, without repeating the URL, which may hold a password
 */
export function parseJdbcUrl(url: string): QueryHosts {
  const parts = /^jdbc:(?:mysql|mariadb)(?::\w+)?:\/\/(?:[^@/]*@)?([^/?]+)(?:\/[^?]*)?(?:\?(.*))?$/i.exec(url.trim());
  const addresses = parts?.[1]?.split(',').map((address) => readAddress(address.trim())) ?? [];
  const hosts = addresses.filter((address) => address !== undefined);
  if (hosts.length === 0 || hosts.length < addresses.length) {
    throw new SinkError('OPTIONS_INVALID', 'jdbc-url is not of the form jdbc:mysql://host:9030[,host:9030].');
  }
  const tls = readTls(new URLSearchParams(parts?.[2] ?? ''));
  return { hosts, ...(tls === undefined ? {} : { tls }) };
}

function readAddress(address: string): { host: string; port: number } | undefined {
  const parts = /^(\[[\da-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(address);
  const host = parts?.[1]?.replace(/^\[|\]$/g, '');
  const port = Number(parts?.[2] ?? queryPort);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

function readTls(parameters: URLSearchParams): QueryHosts['tls'] {
  const mode = parameters.get('sslMode')?.toUpperCase();
  if (mode !== undefined) {
    if (mode === 'DISABLED' || mode === 'PREFERRED') return undefined;
    return { verify: mode !== 'REQUIRED' };
  }
  return parameters.get('useSSL') === 'true' ? { verify: false } : undefined;
}
