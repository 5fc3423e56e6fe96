import { deploymentTable, splitSettings } from '../../infra/deployment-table.ts';
import { type RawOptions, readValue } from '../../src/options/parse.ts';
import type { OptionName } from '../../src/options/table.ts';

type Setting = keyof typeof deploymentTable;
const isSetting = (name: Question['name']): name is Setting => Object.hasOwn(deploymentTable, name);

/** What is asked of a person, and answered by a flag of the same name. */
export interface Question {
  readonly name: OptionName | Setting;
  readonly flag: string;
  readonly asks: string;
  /** What an empty answer means; undefined: nothing is set. */
  readonly usual: (known: RawOptions) => string | undefined;
  readonly isRequired?: true;
  readonly isSecret?: true;
  /** The only answers, each with what it means. */
  readonly choices?: Readonly<Record<string, string>>;
}

const queryPort = 9030;

/** In this order, since later ones follow from earlier ones. */
export const questions: readonly Question[] = [
  {
    ...{ name: 'load-url', flag: '--load-url', isRequired: true },
    asks: 'Frontends of StarRocks, host:8030, several with ; between them',
    usual: () => undefined,
  },
  {
    ...{ name: 'jdbc-url', flag: '--jdbc-url' },
    asks: 'Query port of the frontends',
    usual: (known) => jdbcUrlOf(String(known['load-url'])),
  },
  {
    ...{ name: 'database-name', flag: '--database' },
    asks: 'Database of messages that name none; it may be empty',
    usual: () => undefined,
  },
  {
    ...{ name: 'table-name', flag: '--table' },
    asks: 'Table of messages that name none; it may be empty',
    usual: () => undefined,
  },
  {
    ...{ name: 'sink.semantic', flag: '--semantic' },
    asks: 'How often a row may arrive',
    choices: { 'exactly-once': 'transactions, a ledger in S3', 'at-least-once': 'plain loads' },
    usual: () => 'exactly-once',
  },
  {
    ...{ name: 'sink.secret-id', flag: '--secret-id' },
    asks: 'Name of the secret in Secrets Manager that holds user and password',
    usual: () => 'starrocks-sink',
  },
  {
    ...{ name: 'deploy.alarm-email', flag: '--alarm-email' },
    asks: 'Address that is told of alarms; it may be empty',
    usual: () => undefined,
  },
  { name: 'username', flag: '--username', asks: 'User of StarRocks, for the check', usual: () => 'root' },
  {
    ...{ name: 'password', flag: 'the variable STARROCKS_PASSWORD', isSecret: true },
    asks: 'Password, which is not written to the file',
    usual: () => '',
  },
];

/** Frontends listen for queries on the hosts on which they take loads. */
function jdbcUrlOf(loadUrl: string): string | undefined {
  const hosts = loadUrl.split(/[;,]/).map((each) => each.trim().replace(/^https?:\/\//, ''));
  const names = hosts.map((host) => host.replace(/:\d+$/, '')).filter((host) => host !== '');
  return names.length === 0 ? undefined : `jdbc:mysql://${names.map((name) => `${name}:${queryPort}`).join(',')}`;
}

/** Why an answer is none; undefined: it can be used. */
export function problemOf({ name, flag, isRequired }: Question, answer: string | undefined): string | undefined {
  if (answer === undefined || (answer === '' && name !== 'password'))
    return isRequired ? `${name} is needed: give ${flag}.` : undefined;
  if (isSetting(name)) return splitSettings({ [name]: answer }).problems[0];
  const problems: string[] = [];
  readValue(name, answer, problems);
  return problems[0];
}
