/** What is told of a MySQL server that is followed: one table, as that of the sink's options. They stand beside them in sink.json. */
import * as v from 'valibot';
import { SinkError } from '../kit/errors.ts';
import { nearest } from '../kit/nearest.ts';
import type { RawOptions } from './parse.ts';
import { variableOf } from './sources.ts';
import type { OptionSpec, OptionValue } from './spec.ts';
import { valueSchema } from './values.ts';

const text = { kind: 'text', source: 'sink' } as const;
const integer = { kind: 'integer', source: 'sink' } as const;

export const sourceTable = {
  'source.name': {
    ...text,
    pattern: /^[A-Za-z0-9_-]{1,40}$/,
    expects: 'at most 40 letters, digits, - or _',
    default: 'mysql',
    doc: 'Names the source in the bucket, in `status` and in chunk ids. Two sources of one sink have two names.',
  },
  'source.host': { ...text, doc: 'Address of the MySQL or MariaDB server, or of a replica that writes a binlog.' },
  'source.port': { ...integer, unit: 'port', min: 1, max: 65_535, default: 3306, doc: 'Its port.' },
  'source.user': { ...text, doc: 'A user with SELECT, REPLICATION SLAVE and REPLICATION CLIENT.' },
  'source.password': {
    ...text,
    secret: true,
    doc: 'Its password. In AWS leave it out: it comes from the secret that `source.secret-id` names.',
  },
  'source.secret-id': {
    ...text,
    doc: 'Name or ARN of a Secrets Manager secret that holds `{"username": "…", "password": "…"}`, as RDS keeps them.',
  },
  'source.server-id': {
    ...integer,
    unit: 'id',
    min: 1,
    max: 4_294_967_295,
    doc: 'Our id among the replicas of the server, nobody else’s; unless told, one that follows from the name.',
  },
  'source.tls.mode': {
    kind: 'choice',
    choices: ['disabled', 'required', 'verify-ca', 'verify-identity'],
    default: 'disabled',
    source: 'sink',
    doc: 'TLS to the server, as the mysql client names it.',
  },
  'source.tls.ca': { ...text, doc: 'Path of a PEM file of the authority that signed the certificate of the server.' },
  'source.leave-out': {
    kind: 'list',
    default: [],
    source: 'sink',
    doc: 'Columns that are not followed: `database.table.column`, where `*` is any part of a name; those of a key are followed always. For what cannot be read from the binlog, or is not wanted in StarRocks.',
  },
  'source.column-names': {
    kind: 'choice',
    choices: ['binlog', 'server'],
    default: 'binlog',
    source: 'sink',
    doc: 'Where the names of columns are from. server: for servers that do not write them into the binlog (MySQL 5.7; `binlog_row_metadata` that is not FULL): as the tables are when following begins; a change of a column stops it for good.',
  },
  'source.flush-ms': {
    ...integer,
    unit: 'ms',
    min: 10,
    max: 60_000,
    default: 300,
    doc: 'How long a change waits for company. Each portion costs two requests to S3 and one to SQS.',
  },
  'source.snapshot.parallel': {
    ...integer,
    unit: 'queries',
    min: 1,
    max: 32,
    default: 4,
    doc: 'Queries at once while tables are copied: the load on the server.',
  },
  'source.lease-ms': {
    ...integer,
    unit: 'ms',
    min: 500,
    max: 600_000,
    default: 30_000,
    doc: 'How long a follower may be silent before another takes its place. It is told of three times as often.',
  },
  'source.groups-per-table': {
    ...integer,
    unit: 'groups',
    min: 1,
    max: 32,
    default: 1,
    doc: 'Into how many message groups the rows of a mirror are parted, by their keys: so many of its loads run at once.',
  },
  'source.most-waiting': {
    ...integer,
    unit: 'messages',
    min: 10,
    max: 20_000,
    default: 1000,
    doc: 'Messages in the rows queue at which reading waits for the sink.',
  },
} as const satisfies Record<string, OptionSpec>;

type SettingName = keyof typeof sourceTable;
export type SourceSettings = { readonly [N in SettingName]: OptionValue<(typeof sourceTable)[N]> };

const specs: Readonly<Record<SettingName, OptionSpec>> = sourceTable;
const names = Object.keys(sourceTable) as SettingName[];
const isOfSource = (name: string) => name.startsWith('source.');

/** Takes what is told of a source out of what a file holds. */
export function splitSource(raw: RawOptions): { readonly source: RawOptions; readonly rest: RawOptions } {
  const entries = Object.entries(raw);
  return {
    source: Object.fromEntries(entries.filter(([name]) => isOfSource(name))),
    rest: Object.fromEntries(entries.filter(([name]) => !isOfSource(name))),
  };
}

/** @out  settings with their defaults, and what is wrong, one sentence each */
export function parseSource(raw: RawOptions): {
  readonly settings: SourceSettings;
  readonly problems: readonly string[];
} {
  const problems = Object.keys(raw)
    .filter((name) => !Object.hasOwn(sourceTable, name))
    .map((name) => {
      const meant = nearest(name, names);
      return `${name} is not a setting of a source${meant ? `; did you mean ${meant}?` : '.'}`;
    });
  const values = names.map((name) => [name, valueOf(name, raw[name], problems)]);
  const settings = Object.fromEntries(values) as SourceSettings;
  if (settings['source.host'] === undefined) problems.push('source.host is required.');
  if (settings['source.secret-id'] === undefined && settings['source.user'] === undefined)
    problems.push('source.user is required, or source.secret-id.');
  return { settings, problems };
}

/** @throws SinkError OPTIONS_INVALID, naming every problem */
export function requireSource(raw: RawOptions): SourceSettings {
  const { settings, problems } = parseSource(raw);
  if (problems.length > 0) throw new SinkError('OPTIONS_INVALID', problems.join(' '));
  return settings;
}

function valueOf(name: SettingName, given: unknown, problems: string[]): unknown {
  const spec = specs[name];
  if (given === undefined || given === null || given === '') return 'default' in spec ? spec.default : given;
  const result = v.safeParse(valueSchema(spec), given);
  if (result.success) return result.output;
  problems.push(`${name}: ${result.issues[0].message}${spec.secret ? '' : `, found ${JSON.stringify(given)}`}.`);
  return given;
}

/** As the sink's options are: `source.host` is STARROCKS_SOURCE_HOST. */
export function sourceFromVariables(env: Readonly<Record<string, string | undefined>>): RawOptions {
  const given = names.map((name) => [name, env[variableOf(name)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
