import { readFile } from 'node:fs/promises';
import type { ConnectionOptions, SslOptions } from 'mysql2/promise';
import type { MysqlAddress } from './smt-config.ts';

/** As the mysql client's options of these names. */
export interface MysqlTls {
  readonly mode: 'disabled' | 'required' | 'verify-ca' | 'verify-identity';
  /** Paths of PEM files. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const connectTimeoutMs = 10_000;

/** How a MySQL server is spoken to: text in UTF-8, times in UTC. */
export async function connectionOptions(address: MysqlAddress, tls: MysqlTls): Promise<ConnectionOptions> {
  const { host, port, user, password } = address;
  return {
    ...{ host, port, user, password, charset: 'utf8mb4', timezone: 'Z' },
    connectTimeout: connectTimeoutMs,
    ...(tls.mode !== 'disabled' && { ssl: await sslOptions(tls) }),
  };
}

async function sslOptions({ mode, ca, cert, key }: MysqlTls): Promise<SslOptions> {
  const read = async (name: 'ca' | 'cert' | 'key', path: string | undefined) =>
    path === undefined ? {} : { [name]: await readFile(path, 'utf8') };
  return {
    ...(await read('ca', ca)),
    ...(await read('cert', cert)),
    ...(await read('key', key)),
    rejectUnauthorized: mode !== 'required',
    verifyIdentity: mode === 'verify-identity',
  };
}
