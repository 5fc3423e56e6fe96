import type { AtomicDeps } from '../delivery/atomically.ts';
import { once } from '../kit/once.ts';
import { joinChunks } from '../rows/body.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { readRelease, requireSeveralTables } from '../starrocks/release.ts';
import { createSeveralTables } from '../starrocks/several-tables.ts';
import { wireSend } from './wire-starrocks.ts';
import type { Parts } from './wiring.ts';

/** How rows of several tables are loaded at once. Which release StarRocks is of is asked at the first load, and kept. */
export function wireAtomic(parts: Parts, csv: CsvLayout): AtomicDeps {
  const { options, credentials, clock, telemetry } = parts;
  const jdbcUrl = options['jdbc-url'];
  if (jdbcUrl === undefined) throw new TypeError('Options that passed their checks have a jdbc-url.');
  let deadlineMs = 0;
  const release = once(async () => {
    const { username, password } = await credentials.read(deadlineMs);
    const timeoutMs = options['sink.connect.timeout-ms'];
    return readRelease({ jdbcUrl, user: username, password, timeoutMs });
  });
  const starrocks = createSeveralTables({
    ...{ send: wireSend(parts), clock },
    async requireRelease(untilMs) {
      deadlineMs = untilMs;
      requireSeveralTables(await release());
    },
  });
  return { starrocks, join: joinChunks(csv), labelPrefix: options['sink.label-prefix'], telemetry };
}
