/** Which frontends and backends can be reached from here. */

import { lookup } from 'node:dns/promises';
import { mapLimited } from '../kit/map-limited.ts';
import { exchangeWithFrontend } from '../starrocks/frontend-exchange.ts';
import { createRedirectRule, type RedirectConfig } from '../starrocks/redirects.ts';
import { checkCertificate } from './certificates.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

export interface ReachDeps extends RedirectConfig {
  readonly connectTimeoutMs: number;
  readonly ca: string | undefined;
  readonly username: string;
  readonly password: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves a name to its addresses; throws as `dns.lookup` does. */
  readonly resolveName?: (name: string) => Promise<readonly string[]>;
}

/** A table that loads are asked for; it need not be there. */
export interface AskedTable {
  readonly database: string;
  readonly table: string;
}

/** A frontend that answered. */
interface Frontend {
  readonly url: URL;
  readonly backends: number;
  readonly alive: number;
}

const resolveAll = async (name: string) => (await lookup(name, { all: true })).map(({ address }) => address);

/**
 * Asks every frontend whether it is there, where its redirects lead, and whether the tables may be loaded.
 *
 * @in  tables: at least one, which need not be there
 */
export async function checkReach(tables: readonly AskedTable[], deps: ReachDeps): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const frontends: Frontend[] = [];
  for (const loadUrl of deps.loadUrls) {
    const url = new URL(loadUrl);
    const found = await checkFrontend(url, deps);
    findings.push(...found.findings);
    if (found.frontend) frontends.push(found.frontend);
  }
  const [first] = frontends;
  const [table] = tables;
  if (first === undefined || table === undefined) return findings;
  const mayLoad = await mapLimited(tables, 4, (each) => checkMayLoad(first, each, deps));
  return [...findings, ...mayLoad.flat(), ...(await checkBackends(first, table, deps))];
}

async function checkFrontend(url: URL, deps: ReachDeps): Promise<{ findings: Finding[]; frontend?: Frontend }> {
  const subject = url.host;
  const name = { check: 'name', subject } as const;
  try {
    await (deps.resolveName ?? resolveAll)(url.hostname.replace(/^\[|\]$/g, ''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return {
      findings: [
        failure(
          name,
          `The name has no address here (${code}).`,
          'Correct load-url; in a VPC, see that the name is in a private zone of that VPC.',
        ),
      ],
    };
  }
  const about = { check: 'frontend', subject } as const;
  const answer = await ask(new URL('/api/health', url), deps);
  if (answer.kind === 'failed') {
    const found = `It gives no answer (${answer.reason}).`;
    return {
      findings: [failure(about, found, remedyOf(answer.reason, 'load-url names http_port (8030) of frontends'))],
    };
  }
  const health = readHealth(answer.text);
  if (health === undefined) {
    const found = `HTTP ${answer.status} to /api/health, and no health of StarRocks.`;
    return {
      findings: [failure(about, found, 'Something else listens there: load-url names http_port (8030) of frontends.')],
    };
  }
  const { alive, all } = health;
  const said = `It answers; ${alive} of ${all} backends are alive.`;
  const remedy = 'Start the backends that are not, or drop them: ALTER SYSTEM DROP BACKEND.';
  const finding =
    alive === 0 ? failure(about, said, remedy) : alive < all ? warning(about, said, remedy) : ok(about, said);
  const certificate = url.protocol === 'https:' ? await checkCertificate(url, deps, deps.now()) : undefined;
  return { findings: [finding, ...(certificate ? [certificate] : [])], frontend: { url, backends: all, alive } };
}

/** @source test/fixtures/recorded: /api/health needs no password, and its status is OK with no backend alive */
function readHealth(text: string): { readonly alive: number; readonly all: number } | undefined {
  try {
    const { online_backend_num: alive, total_backend_num: all } = JSON.parse(text);
    const counts = { alive: Number(alive), all: Number(all) };
    return Number.isFinite(counts.alive) && Number.isFinite(counts.all) ? counts : undefined;
  } catch {
    return undefined;
  }
}

/** @source test/fixtures/recorded/privileges.json: without INSERT the frontend answers 401, and redirects nobody */
async function checkMayLoad({ url }: Frontend, table: AskedTable, deps: ReachDeps): Promise<readonly Finding[]> {
  const answer = await askForLoad(url, table, deps);
  const about = { check: 'privilege', subject: `${table.database}.${table.table}` } as const;
  if (answer.kind === 'failed') return [];
  if (answer.location !== undefined) return [ok(about, `${deps.username} may load it.`)];
  const said = messageIn(answer.text);
  if (answer.status === 401) {
    const remedy = `GRANT INSERT ON TABLE ${about.subject} TO USER '${deps.username}', or correct the password in the secret.`;
    return [failure(about, `The frontend refuses the load: ${said}`, remedy)];
  }
  const found = `The frontend ${url.host} redirects no load (HTTP ${answer.status}): ${said}`;
  return [failure(about, found, 'load-url names frontends, not backends or a proxy that swallows redirects.')];
}

/** Frontends choose backends in turn or by chance: this many questions for each leave few unnamed. */
const questionsPerBackend = 3;
const mostQuestions = 60;

/** Asks for loads without rows until the frontend has named its backends; none of them is told of a load. */
async function checkBackends(frontend: Frontend, about: AskedTable, deps: ReachDeps): Promise<readonly Finding[]> {
  const announced = new Map<string, URL>();
  const questions = Math.min(mostQuestions, Math.max(1, frontend.backends * questionsPerBackend));
  for (let asked = 0; asked < questions && announced.size < frontend.backends; asked++) {
    const answer = await askForLoad(frontend.url, about, deps);
    if (answer.kind === 'failed') break;
    if (answer.location === undefined) return [];
    const location = URL.parse(answer.location);
    if (location) announced.set(location.host, location);
  }
  const resolve = createRedirectRule(deps);
  const unnamed = frontend.alive - announced.size;
  const missing = `It named ${announced.size} of ${frontend.alive} backends in ${questions} questions; the others were not looked at.`;
  const others =
    unnamed > 0
      ? [
          warning(
            { check: 'backend', subject: frontend.url.host },
            missing,
            'Run check again: it names them by chance.',
          ),
        ]
      : [];
  const found = await mapLimited([...announced.values()], 8, async (location) => {
    const subject = location.host;
    const redirect = resolve(location.href, frontend.url);
    if (!redirect.allowed) {
      return failure(
        { check: 'backend', subject },
        `The frontend ${frontend.url.host} redirects there, and the password would not be sent: ${redirect.reason}`,
        `Allow it (sink.redirect.hosts=${location.hostname}), or say where it is reached (sink.redirect.map=${subject}=host:port).`,
      );
    }
    return checkBackend(redirect.url, subject, deps);
  });
  return [...found, ...others];
}

async function checkBackend(url: URL, announced: string, deps: ReachDeps): Promise<Finding> {
  const about = { check: 'backend', subject: announced } as const;
  const answer = await ask(new URL('/api/health', url), deps);
  const mapped = url.host === announced ? '' : ` (by sink.redirect.map at ${url.host})`;
  if (answer.kind === 'answered') return ok(about, `It answers${mapped}.`);
  return failure(
    about,
    `Frontends send loads to this address${mapped}, and it cannot be reached from here (${answer.reason}).`,
    remedyOf(
      answer.reason,
      `open be_http_port (8040) to the sink's security group, or say where it is reached: sink.redirect.map=${announced}=host:port`,
    ),
  );
}

function messageIn(text: string): string {
  try {
    const { Message, msg } = JSON.parse(text);
    return String(Message ?? msg ?? text);
  } catch {
    return text.slice(0, 200);
  }
}

function remedyOf(reason: string, otherwise: string): string {
  if (/certificate|self.signed|CERT_|ALTNAME/i.test(reason))
    return 'Name the authority that signed its certificate in sink.tls.ca, or the name that the certificate holds in load-url.';
  if (/EPROTO|wrong version|ssl/i.test(reason))
    return 'One side speaks TLS and the other does not: http:// or https:// in load-url.';
  return `${otherwise[0]?.toUpperCase()}${otherwise.slice(1)}.`;
}

const limitsOf = ({ connectTimeoutMs }: ReachDeps) => ({
  connectTimeoutMs,
  waitForContinueMs: 2 * connectTimeoutMs,
  answerTimeoutMs: 2 * connectTimeoutMs,
  timeLeftMs: 4 * connectTimeoutMs,
});

const ask = (url: URL, deps: ReachDeps) =>
  exchangeWithFrontend({
    url,
    method: 'GET',
    headers: {},
    limits: limitsOf(deps),
    ...(deps.ca === undefined ? {} : { ca: deps.ca }),
  });

/** A load that has no rows; the frontend answers to its head alone. */
function askForLoad(frontend: URL, { database, table }: AskedTable, deps: ReachDeps) {
  const authorization = `Basic ${Buffer.from(`${deps.username}:${deps.password}`, 'utf8').toString('base64')}`;
  const path = `/api/${encodeURIComponent(database)}/${encodeURIComponent(table)}/_stream_load`;
  return exchangeWithFrontend({
    url: new URL(path, frontend),
    method: 'PUT',
    headers: { authorization, format: 'json' },
    body: { bytes: 0, open: async function* () {} },
    limits: limitsOf(deps),
    ...(deps.ca === undefined ? {} : { ca: deps.ca }),
  });
}
