/**
 * Decides where a redirect may lead. The frontend names the backend's registered address, which may be internal, and
 * whoever is named receives the password: so hosts are allowed by list, not by trust.
 */

import { BlockList, isIP } from 'node:net';
import { SinkError } from '../kit/errors.ts';

export interface RedirectConfig {
  readonly loadUrls: readonly string[];
  /** Hosts beside those of load-url: `host`, `host:port`, or `*.suffix`. */
  readonly redirectHosts: readonly string[];
  /** What is announced → what can be reached: `host:port` or `host` → `host:port`, `host`, or `https://host:port`. */
  readonly redirectMap: Readonly<Record<string, string>>;
}

export type Redirect =
  | { readonly allowed: true; readonly url: URL }
  | { readonly allowed: false; readonly reason: string };

/** @in from: the URL whose answer carried the Location */
export type ResolveRedirect = (location: string | undefined, from: URL) => Redirect;

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * Makes the rule for redirects. Allowed are the hosts of load-url, `redirectHosts`, what the map leads to and, when
 * every load-url is private, private addresses and names that cannot exist in public DNS. User info in a Location is
 * dropped; a relative or absent Location is refused, and so is the way from https to http.
 *
 * @throws SinkError OPTIONS_INVALID: an address in the map cannot be read
 */
export function createRedirectRule(config: RedirectConfig): ResolveRedirect {
  const allowed = new Set([
    ...config.loadUrls.map((url) => new URL(url).hostname),
    ...config.redirectHosts.map((host) => host.trim().toLowerCase()),
  ]);
  const map = new Map(
    Object.entries(config.redirectMap).map(([from, to]) => [from.trim().toLowerCase(), readTarget(to)]),
  );
  const privateCluster = config.loadUrls.every((url) => isPrivateHost(new URL(url).hostname));

  return (location, from) => {
    const announced = location === undefined ? null : URL.parse(location);
    if (announced === null || !(announced.protocol in defaultPorts)) {
      return { allowed: false, reason: 'The Location is absent, relative or not http(s).' };
    }
    const target = map.get(`${announced.hostname}:${portOf(announced)}`) ?? map.get(announced.hostname);
    const url = rewrite(announced, target);
    if (from.protocol === 'https:' && url.protocol === 'http:') {
      return {
        allowed: false,
        reason: `${url.host} would receive the password in clear text, after https; sink.redirect.map can lead to https://….`,
      };
    }
    const permitted = target !== undefined || isListed(url, allowed) || (privateCluster && isPrivateHost(url.hostname));
    return permitted ? { allowed: true, url } : { allowed: false, reason: `The host is ${url.host}.` };
  };
}

interface Target {
  readonly protocol?: string;
  readonly hostname: string;
  readonly port: string;
}

function readTarget(address: string): Target {
  const hasScheme = address.includes('://');
  const url = URL.parse(hasScheme ? address.trim() : `http://${address.trim()}`);
  if (url === null || !(url.protocol in defaultPorts) || url.hostname === '') {
    throw new SinkError('OPTIONS_INVALID', `sink.redirect.map leads to "${address}", which is no host:port.`);
  }
  // URL drops a port that is the scheme's own: `be:80` must not become "keep the announced port".
  const port = url.port !== '' ? url.port : hasScheme || /:80$/.test(address.trim()) ? portOf(url) : '';
  return { ...(hasScheme ? { protocol: url.protocol } : {}), hostname: url.hostname, port };
}

function rewrite(announced: URL, target: Target | undefined): URL {
  const protocol = target?.protocol ?? announced.protocol;
  const hostname = target?.hostname ?? announced.hostname;
  const port = target === undefined || target.port === '' ? portOf(announced) : target.port;
  return new URL(`${protocol}//${hostname}:${port}${announced.pathname}${announced.search}`);
}

function isListed(url: URL, allowed: ReadonlySet<string>): boolean {
  if (allowed.has(url.hostname) || allowed.has(`${url.hostname}:${portOf(url)}`)) return true;
  const labels = url.hostname.split('.');
  return labels.some((_, index) => index > 0 && allowed.has(`*.${labels.slice(index).join('.')}`));
}

function portOf(url: URL): string {
  return url.port === '' ? (defaultPorts[url.protocol] ?? '') : url.port;
}

/** RFC 1918, RFC 6598 and RFC 4193 networks and loopback; not 169.254.0.0/16, where cloud metadata lives. */
const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
] as const) {
  privateNetworks.addSubnet(network, prefix, 'ipv4');
}
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

/** True for private and loopback addresses, names without a dot, and names under .internal, .local and .localhost. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family !== 0) return privateNetworks.check(host, family === 4 ? 'ipv4' : 'ipv6');
  return !host.includes('.') || /\.(?:internal|local|localhost)$/.test(host);
}
