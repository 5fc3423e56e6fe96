import type { Answer } from '../../mysql/mysql-replies.ts';
import type { SchemaJob } from '../../storage/schema-jobs.ts';
import { timeText } from '../time-text.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, nothing, readDatabase, readFilter, type Shown, table } from './answer.ts';

const COLUMNS = `JobId, TableName, CreateTime, FinishTime, IndexName, IndexId, OriginIndexId, SchemaVersion, TransactionId,
  State, Msg, Progress, Timeout`;

/** SHOW ALTER TABLE COLUMN | ROLLUP | OPTIMIZE [FROM database] [WHERE TableName = …]; of all but the first there are none. */
export function showAlter(reader: TokenReader, shown: Shown): Answer {
  const kind = reader.acceptOneOf(['COLUMN', 'ROLLUP', 'OPTIMIZE']);
  if (kind === undefined) throw reader.unexpected("'COLUMN', 'ROLLUP', 'OPTIMIZE'");
  const database = readDatabase(reader, shown);
  shown.catalog.tables(database);
  const matches = readFilter(reader);
  reader.raw(() => false);
  if (kind !== 'COLUMN')
    return nothing('JobId, TableName, CreateTime, FinishTime, State, Msg, Progress, Timeout')(reader, shown) as Answer;
  const jobs = shown.catalog.schemaJobs(database).filter((job) => matches(job.table));
  return table(COLUMNS, jobs.map(jobRow));
}

function jobRow(job: SchemaJob): Cell[] {
  const finished = job.finishedAtMs === undefined ? null : timeText(job.finishedAtMs);
  const names = [job.id, job.table, timeText(job.createdAtMs), finished, job.table, job.indexId, job.originIndexId];
  return [
    ...names,
    job.schemaVersion,
    job.transactionId,
    job.state,
    '',
    job.state === 'RUNNING' ? '1/1' : null,
    job.timeoutSeconds,
  ];
}
