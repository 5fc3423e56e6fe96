import type { StarRocks } from '../ports.ts';

/**
 * A password may have been rotated, or the user exchanged, since the secret was cached: when StarRocks denies access, the
 * credentials are forgotten and the load is sent once more. Access is denied before anything is loaded, and the label stays the same.
 */
export function withFreshCredentials(starrocks: StarRocks, forgetCredentials: () => void): StarRocks {
  return {
    async load(request) {
      const result = await starrocks.load(request);
      if (result.state !== 'refused' || (result.kind !== 'access' && result.kind !== 'privilege')) return result;
      forgetCredentials();
      return starrocks.load(request);
    },
  };
}
