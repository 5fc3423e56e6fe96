/** How long certificates are good for: one that ends stops all loads at once. */
import { once } from 'node:events';
import tls from 'node:tls';
import { type Finding, ok, warning } from './finding.ts';

const dayMs = 86_400_000;
const soonDays = 14;

/**
 * Looks at the certificate of a server that was reached by TLS, so is trusted.
 *
 * @in   ca: PEM; the only authority that is trusted, when given; nowMs: epoch milliseconds
 * @out  undefined: it shows none, or gives no answer this time
 */
export async function checkCertificate(
  url: URL,
  { ca, connectTimeoutMs }: { readonly ca: string | undefined; readonly connectTimeoutMs: number },
  nowMs: number,
): Promise<Finding | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isName = !/^[\d.]+$|:/.test(host);
  const socket = tls.connect({
    ...{ host, port: Number(url.port || 443) },
    ...(isName && { servername: host }),
    ...(ca !== undefined && { ca }),
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(2 * connectTimeoutMs) });
    const { valid_to: until } = socket.getPeerCertificate();
    const about = { check: 'tls', subject: url.host } as const;
    const leftDays = Math.floor((Date.parse(until) - nowMs) / dayMs);
    if (!Number.isFinite(leftDays)) return undefined;
    const found = `Its certificate is trusted, and good until ${new Date(until).toISOString().slice(0, 10)}.`;
    return leftDays >= soonDays
      ? ok(about, found)
      : warning(about, found, 'Renew it: no load gets through afterwards.');
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
