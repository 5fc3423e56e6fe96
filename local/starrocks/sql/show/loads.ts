import type { Answer } from '../../mysql/mysql-replies.ts';
import type { LoadRecord } from '../cluster-view.ts';

import { SqlError } from '../sql-error.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, nothing, readFilter, readFrom, type Showing, type Shown, table } from './answer.ts';

/** SHOW LOAD tells of broker loads and INSERTs; of those there are none. */
export const showLoads: Showing = (reader, shown) => {
  readFrom(reader);
  reader.raw(() => false);
  return nothing(
    `JobId, Label, State, Progress, Type, Priority, ScanRows, FilteredRows, UnselectedRows, SinkRows, EtlInfo, TaskInfo,
     ErrorMsg, CreateTime, EtlStartTime, EtlFinishTime, LoadStartTime, LoadFinishTime, TrackingSQL, JobDetails, Warehouse`,
  )(reader, shown);
};

export const showRoutineLoads: Showing = (reader, shown) => {
  reader.raw(() => false);
  return nothing(
    `Id, Name, CreateTime, PauseTime, EndTime, DbName, TableName, State, DataSourceType, CurrentTaskNum, JobProperties,
     DataSourceProperties, CustomProperties, Statistic, Progress, TimestampProgress, ReasonOfStateChanged, ErrorLogUrls,
     TrackingSQL, OtherMsg, LatestSourcePosition`,
  )(reader, shown);
};

const streamLoads = `Label, Id, LoadId, TxnId, DbName, TableName, State, ErrorMsg, TrackingURL, ChannelNum,
  PreparedChannelNum, NumRowsNormal, NumRowsAbNormal, NumRowsUnselected, NumLoadBytes, TimeoutSecond, CreateTimeMs,
  BeforeLoadTimeMs, StartLoadingTimeMs, StartPreparingTimeMs, FinishPreparingTimeMs, EndTimeMs, ChannelState, Type,
  TrackingSQL`;

/** SHOW [ALL] STREAM LOAD [FOR [database.]label] [FROM database]: without ALL, those that have not finished. */
export function showStreamLoads(reader: TokenReader, shown: Shown): Answer {
  const named = reader.accept('FOR') ? reader.qualifiedName() : undefined;
  const database = named?.database ?? readFrom(reader) ?? shown.session.database;
  if (database === undefined) throw SqlError.noDatabase();
  const matches = readFilter(reader);
  const found = shown.cluster.loads().filter((load) => {
    const wanted = named === undefined ? matches(String(load['LABEL'])) : load['LABEL'] === named.name;
    const finished = load['STATE'] === 'FINISHED' || load['STATE'] === 'CANCELLED';
    return load['DB_NAME'] === database && wanted && (shown.all || !finished);
  });
  if (named !== undefined && found.length === 0) {
    const where = `in db ${database}. Include history? ${shown.all}`;
    throw SqlError.refused(`There is no label named ${named.name} ${where}`);
  }
  return table(streamLoads, found.map(streamLoadRow));
}

function streamLoadRow(load: LoadRecord): Cell[] {
  const of = (name: string): Cell => load[name] ?? null;
  const rows = [of('SINK_ROWS'), of('FILTERED_ROWS'), of('UNSELECTED_ROWS'), of('SCAN_BYTES')];
  const head = [of('LABEL'), of('ID'), '', '', of('DB_NAME'), of('TABLE_NAME'), of('STATE'), of('ERROR_MSG'), ''];
  const times = [of('CREATE_TIME'), null, of('LOAD_START_TIME'), null, of('LOAD_COMMIT_TIME'), of('LOAD_FINISH_TIME')];
  return [...head, 1, 0, ...rows, '', ...times, '', of('TYPE'), of('TRACKING_SQL')];
}
