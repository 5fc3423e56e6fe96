import type { Destination } from '../ports.ts';

/** @source FE max_stream_load_timeout_second */
const longestTimeoutS = 259_200;

/** For dates without a zone, unless the destination says otherwise; StarRocks' own default is Asia/Shanghai. */
const defaultTimezone = 'UTC';

/**
 * The headers of a load: safe defaults, then what the destination says, then the time StarRocks has.
 *
 * Without strict_mode StarRocks turns values that do not fit into NULL; without ignore_json_size it refuses 100 MB of JSON.
 *
 * @in timeoutS: seconds left for StarRocks; a shorter `timeout` of the destination stands
 */
export function loadHeaders(destination: Destination, timeoutS: number): Readonly<Record<string, string>> {
  const given = destination.headers;
  const format = given['format'] ?? 'json';
  const ownTimeoutS = Number(given['timeout'] ?? Number.POSITIVE_INFINITY);
  return {
    format,
    strict_mode: 'true',
    max_filter_ratio: '0',
    timezone: defaultTimezone,
    ...(format.toLowerCase() === 'json' ? { ignore_json_size: 'true' } : {}),
    // StarRocks refuses the two together.
    ...(format.toLowerCase() === 'json' && given['envelope'] === undefined ? { strip_outer_array: 'true' } : {}),
    ...given,
    timeout: String(Math.max(1, Math.floor(Math.min(timeoutS, ownTimeoutS || timeoutS, longestTimeoutS)))),
  };
}
