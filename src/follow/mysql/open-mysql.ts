import { SinkError } from '../../kit/errors.ts';
import type { FollowedTable, MySqlSource, SourceFinding } from '../../mysql/follow/source.ts';
import type { OpenedSource } from '../follow.ts';
import { followMySql, type MySqlFollowing } from './follow-mysql.ts';
import type { MySqlPlace } from './place.ts';

export interface OpenMySql extends Omit<MySqlFollowing, 'source'> {
  readonly connect: () => Promise<MySqlSource>;
  /** Compares what tables hold with what is there to hold it. */
  readonly checkTargets: (tables: readonly FollowedTable[]) => Promise<readonly SourceFinding[]>;
  /** Told of what is no reason to stop. */
  readonly tell: (finding: SourceFinding) => void;
}

/**
 * Opens a server, when nothing about it is in the way.
 *
 * @throws SinkError SOURCE_UNFIT, with everything that is in the way and the statements that mend it; what `connect` throws
 */
export async function openMySql(opening: OpenMySql): Promise<OpenedSource<MySqlPlace>> {
  const source = await opening.connect();
  try {
    const findings = [...(await source.check()), ...(await opening.checkTargets(await source.tables()))];
    const stops = findings.filter(({ weight }) => weight === 'stop');
    if (stops.length > 0) throw new SinkError('SOURCE_UNFIT', stops.map(wordsOf).join(' '));
    for (const finding of findings) opening.tell(finding);
    const keptMs = await source.keptMs();
    return { ...followMySql({ ...opening, source }), keptMs, close: () => source.close() };
  } catch (error) {
    await source.close().catch(() => undefined);
    throw error;
  }
}

const wordsOf = ({ where, text, statements }: SourceFinding): string =>
  [`${where}: ${text}`, ...statements.map((statement) => `Run: ${statement}`)].join(' ');
