/**
 * Kills the process that runs the functions, again and again, while rows flow into a duplicate-key table and worse things
 * happen, and counts what arrived. For each scenario the last line gives rows sent, rows found, and different rows found; exit
 * code 0 only when every promise was kept.
 *
 * `npm run chaos -- mysql`: a database is followed instead, and the follower is killed too.
 */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos-run.ts';
import { hourInSeconds, type Scenario, type ScenarioName, scenarios } from './chaos-scenarios.ts';
import { tellMySqlChaos } from './mysql-chaos/tell.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Names, with commas; all of them unless told. */
    scenario: { type: 'string', default: Object.keys(scenarios).join(',') },
    rows: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** How many seconds an outage of an hour takes. */
    hour: { type: 'string', default: String(hourInSeconds) },
    semantic: { type: 'string', default: 'exactly-once' },
    /** Of `mysql`. */
    servers: { type: 'string', default: 'mariadb,mysql' },
  },
});

const [scenario = values.scenario] = positionals;
const usual = scenario === 'mysql' ? { rows: 300_000, kills: 20 } : { rows: 100_000, kills: 10 };
const given = [values.rows ?? usual.rows, values.kills ?? usual.kills, values.seed, values.hour];
const [rows = 0, kills = 0, seed = 0, hour = 0] = given.map(Number);
if (![rows, kills, seed, hour].every(Number.isSafeInteger))
  throw new Error('--rows, --kills, --seed and --hour are whole numbers.');
const isScenario = (name: string): name is ScenarioName => name in scenarios;

for (const name of scenario.split(',')) {
  if (name === 'mysql') {
    if (!(await tellMySqlChaos({ rows, kills, seed, servers: values.servers }))) process.exitCode = 1;
    continue;
  }
  if (!isScenario(name)) throw new Error(`There is no scenario ${name}: ${Object.keys(scenarios).join(', ')}, mysql.`);
  const startedMs = performance.now();
  const {
    sent,
    count,
    distinct,
    broken,
    versions: _,
    ...facts
  } = await runChaos({
    ...{ scenario: scenarios[name] as Scenario, rows, kills, seed, semantic: values.semantic, hourMs: hour * 1000 },
    onProgress: (line) => console.error(`${name}: ${line}`),
  });
  for (const sentence of broken) console.log(`BROKEN: ${sentence}`);
  console.log(`${name}: ${JSON.stringify(facts)} ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  console.log(`${name}: sent=${sent} count=${count} distinct=${distinct} rejected=${facts.rejected}`);
  if (broken.length > 0) process.exitCode = 1;
}
