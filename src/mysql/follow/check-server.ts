/** Everything about a server that is in the way of following it, each with the statement that mends it. */
import type { RowDataPacket } from 'mysql2/promise';
import { checkTables, type TablesTask } from './check-tables.ts';
import type { Flavour } from './gtid.ts';
import { keptSeconds, readVariables, type ServerVariables } from './kept-binlogs.ts';
import type { SourceFinding } from './source.ts';

export interface ServerTask extends TablesTask {
  readonly serverId: number;
  readonly namesColumns: boolean;
}

/** Binlogs are kept at least so long, or a follower that stands still over a night cannot go on. */
const shortestRetentionSeconds = 86_400;

interface WantedSetting {
  readonly name: string;
  readonly wanted: string;
  readonly flavour?: Flavour;
  readonly because: string;
  /** It takes a restart: what stands in the server's file. */
  readonly inFile?: string;
}

const namesSetting = 'binlog_row_metadata';

const wantedSettings: readonly WantedSetting[] = [
  { name: 'log_bin', wanted: 'ON', because: 'there is no binlog to follow', inFile: 'log_bin = binlog' },
  { name: 'binlog_format', wanted: 'ROW', because: 'statements do not tell which rows they change' },
  { name: 'binlog_row_image', wanted: 'FULL', because: 'rows come without the columns that did not change' },
  { name: namesSetting, wanted: 'FULL', because: 'rows come without the names of their columns' },
  { name: 'binlog_row_value_options', wanted: '', flavour: 'mysql', because: 'JSON documents come in parts' },
  { name: 'gtid_mode', wanted: 'ON', flavour: 'mysql', because: 'positions are GTIDs, which outlive a failover' },
];

export async function checkServer(task: ServerTask): Promise<readonly SourceFinding[]> {
  const { connection, flavour, namesColumns } = task;
  const variables = await readVariables(connection);
  return [
    ...checkVersion(task, variables),
    ...wantedSettings
      .filter((one) => (one.flavour ?? flavour) === flavour && (namesColumns || one.name !== namesSetting))
      .flatMap((one) => checkSetting(one, variables)),
    ...checkRetention(variables),
    ...(await checkServerId(task, variables)),
    ...(await checkPrivileges(task)),
    ...(await checkTables(task)),
  ];
}

/** Names of columns stand in the binlog since MySQL 8.0 and MariaDB 10.5: older servers have no such setting. */
function checkVersion({ version, namesColumns }: ServerTask, variables: ServerVariables): readonly SourceFinding[] {
  if (variables.has(namesSetting) || !namesColumns) return [];
  const text = `${version} cannot write the names of columns into its binlog; MySQL 8.0 and MariaDB 10.5 can. To follow it all the same, as long as no column changes: source.column-names = server.`;
  return [{ weight: 'stop', where: 'version', text, statements: [] }];
}

function checkSetting(setting: WantedSetting, variables: ServerVariables): readonly SourceFinding[] {
  const { name, wanted, because, inFile } = setting;
  const found = variables.get(name);
  // A setting that is no longer there can only have been for the better.
  if (found === undefined || found.toUpperCase() === wanted) return [];
  const text = `it is ${found === '' ? 'empty' : found}, and must be ${wanted === '' ? 'empty' : wanted}: ${because}.`;
  return [{ weight: 'stop', where: name, text, statements: inFile ? [inFile] : statementsFor(name, found, wanted) }];
}

function statementsFor(name: string, found: string, wanted: string): readonly string[] {
  if (name !== 'gtid_mode') return [`SET GLOBAL ${name} = '${wanted}';`];
  // One step at a time. Source: MySQL manual, enabling GTID transactions online
  const steps = ['OFF', 'OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'];
  const rest = steps.slice(steps.indexOf(found.toUpperCase()) + 1);
  return ["SET GLOBAL enforce_gtid_consistency = 'ON';", ...rest.map((step) => `SET GLOBAL gtid_mode = '${step}';`)];
}

function checkRetention(variables: ServerVariables): readonly SourceFinding[] {
  const kept = keptSeconds(variables);
  if (kept === undefined || kept >= shortestRetentionSeconds) return [];
  const text = `binlogs are kept for ${kept} seconds: a follower that stands still for longer must take its snapshot again.`;
  const statements = ['SET GLOBAL binlog_expire_logs_seconds = 604800;'];
  return [{ weight: 'tell', where: 'binlog_expire_logs_seconds', text, statements }];
}

async function checkServerId(
  { connection, flavour, serverId }: ServerTask,
  variables: ServerVariables,
): Promise<readonly SourceFinding[]> {
  const list = flavour === 'mysql' ? 'SHOW REPLICAS' : 'SHOW SLAVE HOSTS';
  const [rows] = await connection.query<RowDataPacket[]>(list).catch(() => [[] as RowDataPacket[]]);
  const others = rows.map((row) => Number(row['Server_Id'] ?? row['Server_id']));
  if (variables.get('server_id') !== String(serverId) && !others.includes(serverId)) return [];
  const text = `${serverId} is ours, and the server or a replica of it has it too: choose another.`;
  return [{ weight: 'stop', where: 'server id', text, statements: [] }];
}

/** @source  MySQL manual, privileges; MariaDB has BINLOG MONITOR for what REPLICATION CLIENT was */
async function checkPrivileges({ connection, flavour }: ServerTask): Promise<readonly SourceFinding[]> {
  const [rows] = await connection.query<RowDataPacket[]>({ sql: 'SHOW GRANTS', rowsAsArray: true });
  const grants = (rows as unknown as [string][]).map(([grant]) => grant);
  const global = grants.filter((grant) => /\sON \*\.\* TO /.test(grant)).join('\n');
  const wanted =
    flavour === 'mysql'
      ? [['REPLICATION SLAVE'], ['REPLICATION CLIENT']]
      : [
          ['REPLICATION SLAVE', 'REPLICATION REPLICA'],
          ['BINLOG MONITOR', 'REPLICATION CLIENT', 'SUPER'],
        ];
  const missing = wanted.filter((names) => !['ALL PRIVILEGES', ...names].some((name) => global.includes(name)));
  const [[row]] = await connection.query<RowDataPacket[]>('SELECT CURRENT_USER() AS user');
  const user = String(row?.['user']).replace(/^(.*)@(.*?)$/s, "'$1'@'$2'");
  return missing.map(([name = '']) => ({
    weight: 'stop',
    where: name,
    text: `the user ${user} lacks this privilege.`,
    statements: [`GRANT ${name} ON *.* TO ${user};`],
  }));
}
