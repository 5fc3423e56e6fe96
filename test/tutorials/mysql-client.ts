import { parseArgs } from 'node:util';
import mysql from 'mysql2/promise';

const notNullFlag = 1;

/** The mysql client where the machine has none: as much of it as tutorials type, with the table that `-t` draws. */
const { values } = parseArgs({
  options: {
    host: { type: 'string', short: 'h' },
    port: { type: 'string', short: 'P' },
    user: { type: 'string', short: 'u' },
    password: { type: 'string', short: 'p' },
    execute: { type: 'string', short: 'e', default: '' },
    table: { type: 'boolean', short: 't' },
  },
});
const { host = '127.0.0.1', port = '3306', user = 'root', password = process.env['MYSQL_PWD'] ?? '' } = values;
const connection = await mysql.createConnection({
  ...{ host, port: Number(port), user, password, multipleStatements: true, rowsAsArray: true },
  typeCast: (field) => field.string(),
});
const statements = values.execute.split(/;\s*/).filter((text) => text !== '');
for (const statement of statements) {
  const [rows, fields] = await connection.query(statement);
  if (Array.isArray(rows) && rows.length > 0) console.log(draw(fields, rows as (string | null)[][]));
}
await connection.end();

function draw(fields: mysql.FieldPacket[], rows: readonly (string | null)[][]): string {
  const isNumber = (at: number) => rows.every((row) => row[at] === null || /^-?\d+(\.\d+)?$/.test(row[at] ?? ''));
  const texts = rows.map((row) => row.map((value) => value ?? 'NULL'));
  const names = fields.map(({ name }) => name);
  const isNeverNull = (at: number) => (Number(fields[at]?.flags) & notNullFlag) !== 0;
  // The client leaves room for NULL where the column may hold it.
  const least = names.map((name, at) => Math.max(name.length, isNeverNull(at) ? 0 : 'NULL'.length));
  const widths = least.map((width, at) => Math.max(width, ...texts.map((row) => row[at]?.length ?? 0)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[], isHead: boolean) =>
    `|${cells.map((text, at) => ` ${!isHead && isNumber(at) ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)} `).join('|')}|`;
  return [rule, line(names, true), rule, ...texts.map((row) => line(row, false)), rule].join('\n');
}
