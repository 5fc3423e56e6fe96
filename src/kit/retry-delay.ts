const firstMs = 500;
const longestMs = 10_000;

/**
 * Milliseconds before the n-th retry (0 = first): full jitter under 0.5, 1, 2 … 10 s.
 *
 * @in  chance: in [0, 1)
 */
export const retryDelayMs = (retry: number, chance: number): number =>
  chance * Math.min(longestMs, firstMs * 2 ** retry);
