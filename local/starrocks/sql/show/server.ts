import type { Answer } from '../../mysql/mysql-replies.ts';
import { wholeSystem } from '../../users/privileges.ts';
import { SqlError } from '../sql-error.ts';
import { timeText } from '../time-text.ts';
import type { TokenReader } from '../token-reader.ts';
import { nothing, readFilter, type Showing, type Shown, table } from './answer.ts';

export function showVariables(reader: TokenReader, { variables, session, global }: Shown): Answer {
  const matches = readFilter(reader);
  return table(
    'Variable_name:20, Value:20',
    variables.all(session, global ? 'global' : 'session').filter(([name]) => matches(name)),
  );
}

const engines = 'Engine:64, Support:8, Comment:80, Transactions:3, XA:3, Savepoints:3';

export function showEngines(): Answer {
  const engine = (name: string, comment: string) => [name, 'YES', comment, 'NO', 'NO', 'NO'];
  return table(engines, [
    engine('OLAP', 'Default storage engine of StarRocks'),
    engine('MySQL', 'MySQL server which data is in it'),
    engine('ELASTICSEARCH', 'ELASTICSEARCH cluster which data is in it'),
    engine('HIVE', 'HIVE database which data is in it'),
    engine('ICEBERG', 'ICEBERG data lake which data is in it'),
  ]);
}

export function showCollation(): Answer {
  return table('Collation:20, Charset:20, Id:bigint, Default:20, Compiled:20, Sortlen:bigint', [
    ['utf8_general_ci', 'utf8', 33, 'Yes', 'Yes', 1],
    ['binary', 'binary', 63, 'Yes', 'Yes', 1],
    ['gbk_chinese_ci', 'gbk', 28, 'Yes', 'Yes', 1],
  ]);
}

export function showCharset(): Answer {
  return table('Charset:20, Description:20, Default collation:20, Maxlen:20', [
    ['utf8', 'UTF-8 Unicode', 'utf8_general_ci', '3'],
  ]);
}

export function showProcesses(_: TokenReader, { cluster, sessions, session: own, rights }: Shown): Answer {
  return table(
    `ServerName:64, Id:bigint, User:16, Host:16, Db:16, Command:16, ConnectionStartTime:16, Time:int, State:64,
     Info:32768, IsPending:16, Warehouse:20`,
    sessions()
      .filter(({ user }) => user === own.user || rights.allowed('OPERATE', wholeSystem))
      .map(({ id, user, address, database = '', connectedAtMs, activity }) => [
        '127.0.0.1_9010_1',
        id,
        user,
        address,
        database,
        activity.running ? 'Query' : 'Sleep',
        timeText(connectedAtMs),
        Math.floor((cluster.now() - activity.sinceMs) / 1000),
        activity.running ? 'OK' : 'EOF',
        activity.statement,
        'false',
        'default_warehouse',
      ]),
  );
}

export function refuseWarehouses(): never {
  throw new SqlError(5907, '42000', 'unsupported statement in shared_nothing mode');
}

export const showWarnings: Showing = nothing('Level:20, Code:20, Message:20');
export const showStatus: Showing = nothing('Variable_name:20, Value:20');
export const showRunningQueries: Showing = nothing(
  `QueryId:64, WarehouseId:64, ResourceGroupId:64, StartTime:64, PendingTimeout:64, QueryTimeout:64, State:64, Slots:64,
   Fragments:64, DOP:64, Frontend:64, FeStartTime:64`,
);
export const showPlugins: Showing = nothing('Name, Status, Type, Library, License');
export const showRoutines: Showing = nothing(
  `Db:64, Name:64, Type:64, Definer:64, Modified:datetime, Created:datetime, Security_type:64, Comment:64,
   character_set_client:64, collation_connection:64, Database Collation:64`,
);
export const showTriggers: Showing = nothing(
  'Trigger, Event, Table, Statement, Timing, Created, sql_mode, Definer, character_set_client, collation_connection, Database Collation',
);
export const showEvents: Showing = nothing(
  'Db, Name, Definer, Time, Type, Execute at, Interval value, Interval field, Status, Ends, Status, Originator, character_set_client, collation_connection, Database Collation',
);
