/** Limits of the frontends that loads meet, and how near they are. */
import { SinkError } from '../kit/errors.ts';
import type { QueryPort } from '../starrocks/query-port.ts';
import { frontendConfig, runningTransactions } from '../starrocks/running-transactions.ts';
import { type Finding, ok, warning } from './finding.ts';

export interface LimitDeps {
  readonly user: string;
  readonly isExactlyOnce: boolean;
  /** Those that are loaded. */
  readonly databases: readonly string[];
}

interface Limit {
  readonly name: string;
  readonly least: number;
  readonly why: string;
}

const mostRunning = 'max_running_txn_num_per_db';
const limits: readonly Limit[] = [
  {
    name: 'label_keep_max_num',
    least: 1000,
    why: 'Finished labels are forgotten sooner, and a load whose answer was lost cannot be told from one that never was.',
  },
  { name: mostRunning, least: 100, why: 'Loads are refused while so many transactions run in a database.' },
];

/** Of the limit, how many may run before somebody should know. */
const fullPart = 0.8;

/** Reading them needs a right that a user who loads has not; then that is told. */
export async function checkLimits(port: QueryPort, deps: LimitDeps): Promise<readonly Finding[]> {
  try {
    const named: Finding[] = [];
    const values = new Map<string, number>();
    for (const limit of limits) {
      const value = await frontendConfig(port, limit.name);
      if (value === undefined) continue;
      values.set(limit.name, value);
      named.push(findingOf(limit, value, deps));
    }
    return [...named, ...(await checkRunning(port, deps.databases, values.get(mostRunning)))];
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    const about = { check: 'limit', subject: 'frontend' } as const;
    if (error.code !== 'STARROCKS_PRIVILEGE_MISSING')
      return [
        warning(about, `Its limits are not told: ${error.detail}`, 'Ask an administrator of StarRocks for them.'),
      ];
    const names = limits.map(({ name }) => name).join(' and ');
    return [
      warning(
        about,
        `${deps.user} may not read its limits, nor how many transactions run.`,
        `Let an administrator look at ${names}, or GRANT OPERATE ON SYSTEM TO USER '${deps.user}'.`,
      ),
    ];
  }
}

function findingOf({ name, least, why }: Limit, value: number, { isExactlyOnce }: LimitDeps): Finding {
  const about = { check: 'limit', subject: name } as const;
  const matters = name !== 'label_keep_max_num' || isExactlyOnce;
  if (value >= least || !matters) return ok(about, `It is ${value}.`);
  const remedy = `ADMIN SET FRONTEND CONFIG ('${name}' = '${least}'), and in fe.conf.`;
  return warning(about, `It is ${value}; usual is ${least}. ${why}`, remedy);
}

async function checkRunning(
  port: QueryPort,
  databases: readonly string[],
  most = Number.POSITIVE_INFINITY,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const database of databases) {
    const running = await runningTransactions(port, database);
    const about = { check: 'limit', subject: database } as const;
    const found = `${running} transactions run in it${most === Number.POSITIVE_INFINITY ? '' : `, of at most ${most}`}.`;
    const remedy = `See what holds them: SHOW PROC '/transactions/${database}/running'; or raise ${mostRunning}.`;
    findings.push(running < most * fullPart ? ok(about, found) : warning(about, found, remedy));
  }
  return findings;
}
