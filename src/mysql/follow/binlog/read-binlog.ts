import type { Connection } from 'mysql2';
import { SinkError } from '../../../kit/errors.ts';
import type { Flavour } from '../gtid.ts';
import { hangUp } from '../hang-up.ts';
import { pullBatches } from '../pull-batches.ts';
import type { SourceEvent, SourcePosition } from '../source.ts';
import { sourceError } from '../source-error.ts';
import { heartbeatSeconds, startDump } from './dump.ts';
import { EventReader, type ReadableTable } from './event-reader.ts';
import type { TableMapHead } from './table-map.ts';

export interface BinlogDeps {
  readonly connection: Connection;
  readonly flavour: Flavour;
  readonly serverId: number;
  readonly foldsNames: boolean;
  readonly follows: (database: string, table: string) => boolean;
  readonly readable: (head: TableMapHead) => ReadableTable;
}

/** Bytes of the binlog that are read ahead of the consumer. */
const aheadBytes = 256 * 1024;

/** The server says every second that it lives; after so long without a word it is gone. */
const silenceMs = 30 * heartbeatSeconds * 1000;

/**
 * Reads on behind a position for as long as somebody asks; then ends the connection.
 *
 * @in      connection: made a replica's by `replicaSettings`
 * @throws  SinkError, behind the last event that is whole
 */
export async function* readBinlog(from: SourcePosition, deps: BinlogDeps): AsyncGenerator<readonly SourceEvent[]> {
  const { connection, flavour, serverId } = deps;
  const onSilence = () => new SinkError('SOURCE_LOST', `It was silent for ${silenceMs} ms.`);
  const batches = pullBatches<SourceEvent>(connection, { aheadBytes, silenceMs, onSilence }, (feed) => {
    const reader = new EventReader(from, { ...deps, take: feed.push });
    let isStopped = false;
    const onEnd = (error: unknown) => {
      isStopped = true;
      feed.end(error);
    };
    const onEvent = (event: Buffer) => {
      if (isStopped) return;
      try {
        reader.readEvent(event);
        feed.count(event.length);
      } catch (error) {
        onEnd(error);
      }
    };
    startDump({ connection, flavour, serverId, behind: from.readFrom ?? from.gtid, onEvent, onEnd });
  });
  try {
    yield* batches;
  } catch (error) {
    throw sourceError(error);
  } finally {
    hangUp(connection);
  }
}
