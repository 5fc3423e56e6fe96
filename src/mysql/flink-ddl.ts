import { backticked } from '../kit/backticked.ts';
import { parseColumnType } from './column-type.ts';
import type { PlannedColumn } from './plan-column.ts';
import type { PlannedTable } from './plan-table.ts';
import type { MysqlAddress } from './smt-config.ts';
import { flinkType, type TypeChoices } from './types.ts';

/**
 * The statements smt writes for Flink: source table, sink table, and the INSERT between them. Passwords stand in them in
 * clear, as Flink wants them.
 *
 * @source StarRocks/smt convert/flink.go
 */
export function flinkStatements(
  tables: readonly PlannedTable[],
  mysql: MysqlAddress,
  choices: TypeChoices,
): readonly string[] {
  const databases = new Set<string>();
  const made = new Map<PlannedTable['rule'], number>();
  return tables.flatMap((table) => {
    const ordinal = made.get(table.rule) ?? 0;
    made.set(table.rule, ordinal + 1);
    const isNew = !databases.has(table.database);
    databases.add(table.database);
    const sink = {
      ...table.rule.sink,
      connector: 'starrocks',
      'database-name': table.database,
      'table-name': table.name,
    };
    return [
      ...(isNew ? [`CREATE DATABASE IF NOT EXISTS \`default_catalog\`.${backticked(table.database)}`] : []),
      declareTable(table, 'src', sourceOptions(table, mysql, ordinal), choices),
      declareTable(table, 'sink', sink, choices),
      `INSERT INTO ${flinkName(table, 'sink')} SELECT * FROM ${flinkName(table, 'src')}`,
    ];
  });
}

type Role = 'src' | 'sink';

const flinkName = (table: PlannedTable, role: Role) =>
  `\`default_catalog\`.${backticked(table.database)}.${backticked(`${table.name}_${role}`)}`;

function declareTable(
  table: PlannedTable,
  role: Role,
  options: Readonly<Record<string, string>>,
  choices: TypeChoices,
): string {
  const columns = table.columns
    .filter(({ origin }) => origin !== 'order')
    .map((column) => flinkColumn(column, role, choices));
  const key = table.columns.slice(0, table.key.columns.length).map((column) => backticked(nameIn(column, role)));
  const keyClause = table.key.model === 'primary' ? `,\n  PRIMARY KEY(${key.join(', ')})\n NOT ENFORCED` : '';
  return `CREATE TABLE IF NOT EXISTS ${flinkName(table, role)} (\n${columns.join(',\n')}${keyClause}\n) with (\n${withClause(options)}\n)`;
}

/** Flink reads by the name that MySQL has, and writes by the name that StarRocks has. */
const nameIn = ({ name, origin }: PlannedColumn, role: Role) =>
  role === 'src' && typeof origin !== 'string' ? origin.name : name;

function flinkColumn(column: PlannedColumn, role: Role, choices: TypeChoices): string {
  const { origin } = column;
  const name = backticked(nameIn(column, role));
  if (typeof origin !== 'string') {
    return `  ${name} ${flinkType(parseColumnType(origin), choices)} ${origin.nullable ? 'NULL' : 'NOT NULL'}`;
  }
  return `  ${name} STRING NOT NULL${role === 'src' ? ` METADATA FROM '${origin}_name' VIRTUAL` : ''}`;
}

function sourceOptions({ rule, sources }: PlannedTable, mysql: MysqlAddress, ordinal: number): Record<string, string> {
  const [first] = sources;
  const isMerged = sources.length > 1;
  const serverId = Number(rule.source['server-id']);
  return {
    ...rule.source,
    connector: 'mysql-cdc',
    hostname: mysql.host,
    port: String(mysql.port),
    username: mysql.user,
    password: mysql.password,
    'database-name': isMerged ? withoutAnchors(rule.database) : (first?.database ?? ''),
    'table-name': isMerged ? withoutAnchors(rule.table) : (first?.name ?? ''),
    ...(serverId > 0 && { 'server-id': String(serverId + ordinal) }),
  };
}

const withoutAnchors = (pattern: string) => pattern.replace(/^\^/, '').replace(/\$$/, '');

const withClause = (options: Readonly<Record<string, string>>) =>
  Object.entries(options)
    .map(([name, value]) => `  '${name}' = '${value.replaceAll("'", "''")}'`)
    .join(',\n');
