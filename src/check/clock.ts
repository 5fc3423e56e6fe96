import { type Finding, failure, ok, warning } from './finding.ts';

/** Labels and leases do not depend on clocks; times in logs do, and TLS. */
const usualSkewS = 60;

/**
 * Says how far another clock is from the one here.
 *
 * @in  skewS: seconds that the other is ahead; mostS: from there on it does not work at all
 */
export function clockFinding(subject: string, skewS: number, mostS = Number.POSITIVE_INFINITY): Finding {
  const about = { check: 'clock', subject } as const;
  if (Math.abs(skewS) <= usualSkewS) return ok(about, 'It agrees with the clock here.');
  const found = `It is ${Math.abs(skewS)} s ${skewS > 0 ? 'ahead of' : 'behind'} the clock here.`;
  if (Math.abs(skewS) >= mostS)
    return failure(
      about,
      `${found} Requests that are signed by such a clock are refused.`,
      'Let this clock follow a time server.',
    );
  return warning(about, found, 'Let both follow a time server: times in logs and tables are theirs.');
}
