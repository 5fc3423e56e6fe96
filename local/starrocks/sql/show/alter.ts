import type { Answer } from '../../mysql/mysql-replies.ts';
import type { SchemaJob } from '../../storage/schema-jobs.ts';
import { SqlError } from '../sql-error.ts';
import { timeText } from '../time-text.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, readDatabase, type Shown, table } from './answer.ts';

const columns = [
  'JobId',
  'TableName',
  'CreateTime',
  'FinishTime',
  'IndexName',
  'IndexId',
  'OriginIndexId',
  'SchemaVersion',
  'TransactionId',
  'State',
  'Msg',
  'Progress',
  'Timeout',
] as const;

type Row = Readonly<Record<(typeof columns)[number], string | null>>;

/** SHOW ALTER TABLE COLUMN | ROLLUP | OPTIMIZE [FROM database] [WHERE …] [ORDER BY …] [LIMIT …]; of all but the first there are none. */
export function showAlter(reader: TokenReader, shown: Shown): Answer {
  const kind = reader.acceptOneOf(['COLUMN', 'ROLLUP', 'OPTIMIZE']);
  if (kind === undefined) throw reader.unexpected("'COLUMN', 'ROLLUP', 'OPTIMIZE'");
  const jobs = shown.catalog.schemaJobs(readDatabase(reader, shown));
  if (kind !== 'COLUMN') {
    reader.raw(() => false);
    return table('JobId, TableName, CreateTime, FinishTime, State, Msg, Progress, Timeout', []);
  }
  const kept = jobs.map(rowOf).filter(readWhere(reader));
  const sorted = readOrder(reader, kept);
  const [from, to] = readLimit(reader);
  return table(
    columns.join(', '),
    sorted.slice(from, to).map((row) => columns.map((name): Cell => row[name])),
  );
}

function rowOf(job: SchemaJob): Row {
  return {
    JobId: String(job.id),
    TableName: job.table,
    CreateTime: timeText(job.createdAtMs),
    FinishTime: job.finishedAtMs === undefined ? null : timeText(job.finishedAtMs),
    IndexName: job.table,
    IndexId: String(job.indexId),
    OriginIndexId: String(job.originIndexId),
    SchemaVersion: job.schemaVersion,
    TransactionId: String(job.transactionId),
    State: job.state,
    Msg: '',
    // Tablets that are done, of all: the stand-in has one.
    Progress: job.state === 'RUNNING' ? '1/1' : null,
    Timeout: String(job.timeoutSeconds),
  };
}

/** `column = "x"`, joined by AND. */
function readWhere(reader: TokenReader): (row: Row) => boolean {
  const wanted: [name: keyof Row, value: string][] = [];
  if (!reader.accept('WHERE')) return () => true;
  do {
    const name = readColumn(reader);
    reader.expectSymbol('=');
    wanted.push([name, reader.text()]);
  } while (reader.accept('AND'));
  return (row) => wanted.every(([name, value]) => row[name]?.toLowerCase() === value.toLowerCase());
}

function readOrder(reader: TokenReader, rows: readonly Row[]): readonly Row[] {
  if (!reader.accept('ORDER', 'BY')) return rows;
  const name = readColumn(reader);
  const sign = reader.acceptOneOf(['ASC', 'DESC']) === 'DESC' ? -1 : 1;
  const byNumber = (row: Row) => Number(row[name] ?? '');
  return rows.toSorted((a, b) => {
    const difference = name.endsWith('Id')
      ? byNumber(a) - byNumber(b)
      : (a[name] ?? '') < (b[name] ?? '')
        ? -1
        : Number(a[name] !== b[name]);
    return sign * (difference === 0 ? Number(a.JobId) - Number(b.JobId) : difference);
  });
}

function readLimit(reader: TokenReader): [from: number, to: number] {
  if (!reader.accept('LIMIT')) return [0, Number.POSITIVE_INFINITY];
  const first = reader.integer();
  if (reader.acceptSymbol(',')) return [first, first + reader.integer()];
  const offset = reader.accept('OFFSET') ? reader.integer() : 0;
  return [offset, offset + first];
}

function readColumn(reader: TokenReader): keyof Row {
  const word = reader.identifier();
  const name = columns.find((each) => each.toLowerCase() === word.toLowerCase());
  if (name === undefined) throw SqlError.refused(`Table name is not valid or column ${word} does not exist`);
  return name;
}
