import { expect, it } from 'vitest';
import { parseJdbcUrl } from '../../src/starrocks/jdbc-url.ts';

it.each([
  ['jdbc:mysql://fe:9030', [{ host: 'fe', port: 9030 }]],
  [
    'jdbc:mysql://h1:9030,h2:19030/db?useSSL=false',
    [
      { host: 'h1', port: 9030 },
      { host: 'h2', port: 19030 },
    ],
  ],
  [
    'jdbc:mysql:loadbalance://h1, h2/',
    [
      { host: 'h1', port: 9030 },
      { host: 'h2', port: 9030 },
    ],
  ],
  ['jdbc:mysql://u:p@h1:1/db', [{ host: 'h1', port: 1 }]],
  ['jdbc:mysql://[fd00::1]:9030', [{ host: 'fd00::1', port: 9030 }]],
])('reads the hosts of %s', (url, hosts) => {
  expect(parseJdbcUrl(url)).toEqual({ hosts });
});

it.each([
  ['useSSL=true', { verify: false }],
  ['sslMode=REQUIRED', { verify: false }],
  ['sslMode=VERIFY_CA', { verify: true }],
  ['sslMode=DISABLED&useSSL=true', undefined],
])('%s asks for TLS: %j', (parameters, tls) => {
  expect(parseJdbcUrl(`jdbc:mysql://fe/db?${parameters}`).tls).toEqual(tls);
});

it.each([
  '',
  'mysql://fe:9030',
  'jdbc:mysql://',
  'jdbc:mysql://fe:99999',
  'jdbc:mysql://a,,b',
  'jdbc:mysql://fe:x/p4ss',
])('refuses %j without repeating it', (url) => {
  expect(() => parseJdbcUrl(url)).toThrow(/OPTIONS_INVALID/);
  expect(() => parseJdbcUrl(url)).not.toThrow(/p4ss/);
});
