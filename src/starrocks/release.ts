import { SinkError } from '../kit/errors.ts';
import { openQueryPort, type QueryAccess } from './query-port.ts';

/** Major and minor number of a release. */
export interface Release {
  readonly major: number;
  readonly minor: number;
  /** As StarRocks prints it. */
  readonly printed: string;
}

/**
 * Asks which release a cluster is of.
 *
 * @throws SinkError as openQueryPort does; STARROCKS_CONFIGURATION: what it says is no release
 */
export async function readRelease(access: QueryAccess): Promise<Release> {
  const port = await openQueryPort(access);
  try {
    const [row] = await port.query('SELECT current_version()', [], { database: '' });
    return releaseIn(String(Object.values(row ?? {})[0] ?? ''));
  } finally {
    port.close();
  }
}

export function releaseIn(printed: string): Release {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(printed) ?? [];
  if (major === undefined || minor === undefined) {
    const found = JSON.stringify(printed.slice(0, 64));
    throw new SinkError('STARROCKS_CONFIGURATION', `current_version() says ${found}, which is no release.`);
  }
  return { major: Number(major), minor: Number(minor), printed };
}

/** @source Stream Load reference §11: transactions over several tables from 4.0 on */
export function requireSeveralTables({ major, printed }: Release): void {
  if (major >= 4) return;
  const detail = `sink.atomic-messages needs transactions over several tables, which StarRocks has from 4.0 on; this is ${printed}.`;
  throw new SinkError('STARROCKS_CONFIGURATION', detail);
}
