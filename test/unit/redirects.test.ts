import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import { createRedirectRule, isPrivateHost, type RedirectConfig } from '../../src/starrocks/redirects.ts';

function resolve(location: string | undefined, config: Partial<RedirectConfig> = {}) {
  const loadUrls = config.loadUrls ?? ['http://fe.example.com:8030'];
  const rule = createRedirectRule({ redirectHosts: [], redirectMap: {}, ...config, loadUrls });
  const redirect = rule(location, new URL(loadUrls[0]!));
  return redirect.allowed ? redirect.url.href : null;
}

describe('a redirect in a public cluster', () => {
  it('may lead to a host of load-url, on any port', () => {
    expect(resolve('http://fe.example.com:8040/x?y=1')).toBe('http://fe.example.com:8040/x?y=1');
  });

  it.each([
    'http://evil.example.org:8040/x',
    'http://10.0.0.1:8040/x',
    'http://be1:8040/x',
    'http://fe.example.com.evil.org/x',
    'http://fe.example.com@evil.org/x',
  ])('may not lead to %s', (location) => {
    expect(resolve(location)).toBeNull();
  });

  it.each([
    undefined,
    '',
    '/api/x',
    '//fe.example.com/x',
    'fe.example.com:8040/x',
    'ftp://fe.example.com/x',
    'http://',
  ])('needs a whole URL, not %j', (location) => {
    expect(resolve(location)).toBeNull();
  });

  it('may lead to a listed host, host and port, or subdomain', () => {
    const redirectHosts = ['be1.example.org', 'be2.example.org:8040', '*.be.example.org'];
    expect(resolve('http://be1.example.org:9/x', { redirectHosts })).not.toBeNull();
    expect(resolve('http://be2.example.org:8040/x', { redirectHosts })).not.toBeNull();
    expect(resolve('http://be2.example.org:8041/x', { redirectHosts })).toBeNull();
    expect(resolve('http://a.b.be.example.org:1/x', { redirectHosts })).not.toBeNull();
    expect(resolve('http://be.example.org:1/x', { redirectHosts })).toBeNull();
    expect(resolve('http://notbe.example.org:1/x', { redirectHosts })).toBeNull();
  });

  it('loses the user info of the Location', () => {
    expect(resolve('http://root:secret@fe.example.com:8040/x')).toBe('http://fe.example.com:8040/x');
  });
});

describe('a redirect in a private cluster', () => {
  const loadUrls = ['http://10.1.2.3:8030'];

  it.each([
    'http://10.9.9.9:8040/x',
    'http://192.168.1.1/x',
    'http://127.0.0.1:8040/x',
    'http://be1:8040/x',
    'http://[fd00::1]:8040/x',
  ])('may lead to %s', (location) => {
    expect(resolve(location, { loadUrls })).not.toBeNull();
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://8.8.8.8/x',
    'http://be.example.com/x',
    'http://[::ffff:8.8.8.8]/x',
  ])('may not lead to %s', (location) => {
    expect(resolve(location, { loadUrls })).toBeNull();
  });

  it('is not private when one load-url is public', () => {
    expect(resolve('http://10.9.9.9:8040/x', { loadUrls: [...loadUrls, 'http://fe.example.com:8030'] })).toBeNull();
  });
});

describe('the map', () => {
  it('rewrites host and port, and what it leads to is allowed', () => {
    const redirectMap = { 'be1:8040': 'nlb.example.org:9040', be2: 'other.example.org', 'be3:80': 'x.example.org:80' };
    expect(resolve('http://BE1:8040/x?y=1', { redirectMap })).toBe('http://nlb.example.org:9040/x?y=1');
    expect(resolve('http://be2:8040/x', { redirectMap })).toBe('http://other.example.org:8040/x');
    expect(resolve('http://be3/x', { redirectMap })).toBe('http://x.example.org/x');
    expect(resolve('http://be1:8041/x', { redirectMap })).toBeNull();
  });

  it('can lead back to https', () => {
    const loadUrls = ['https://fe.example.com'];
    expect(resolve('http://be1:8040/x', { loadUrls, redirectMap: { 'be1:8040': 'https://be.example.com' } })).toBe(
      'https://be.example.com/x',
    );
  });

  it('is refused when it leads nowhere', () => {
    expect(() => resolve('http://a/', { redirectMap: { a: 'not a host' } })).toThrow(SinkError);
  });
});

it('never leads from https to http', () => {
  expect(resolve('http://fe.example.com:8040/x', { loadUrls: ['https://fe.example.com:8030'] })).toBeNull();
  expect(resolve('https://fe.example.com:8040/x', { loadUrls: ['https://fe.example.com:8030'] })).not.toBeNull();
});

it.each([
  '10.0.0.1',
  '172.31.255.255',
  '100.64.0.1',
  '[::1]',
  'fe',
  'ip-10-0-0-1.ec2.internal',
  'fe.ns.svc.cluster.local',
])('%s is private', (host) => {
  expect(isPrivateHost(host)).toBe(true);
});

it.each(['172.32.0.1', '169.254.169.254', '[2001:db8::1]', 'internal.example.com', 'local.com'])(
  '%s is public',
  (host) => {
    expect(isPrivateHost(host)).toBe(false);
  },
);
