/**
 * What a frontend answers over HTTP beside loads and transactions: probes, what tools ask of tables, pages for people.
 *
 * @source test/fixtures/recorded/endpoints.json
 */
import type { Cluster } from '../cluster.ts';
import type { Subject } from '../users/accounts.ts';
import { wholeSystem } from '../users/privileges.ts';
import { callerOf, refuseWithout, unauthorized } from './authentication.ts';
import type { Answer, Exchange } from './http.ts';
import { frontendJson, jsonHeaders, restFailure } from './replies.ts';
import { countOfTable, databaseSizes, ddlOfTable, rowCount, schemaOfTable, showProc } from './table-pages.ts';

type Open = (cluster: Cluster, exchange: Exchange) => Answer;
type Guarded = (cluster: Cluster, exchange: Exchange, subject: Subject) => Answer | Promise<Answer>;

const json = (value: unknown, headers: Record<string, string> = jsonHeaders): Answer => {
  return { status: 200, text: frontendJson(value), headers };
};
/** Some say nothing of their characters. */
const bareJson = { 'content-type': 'application/json' };
const text = (value: string, status = 200): Answer => ({ status, text: value });

/** For everybody: no password is asked for, and a wrong one does not matter. */
const openPages: Readonly<Record<string, Open>> = {
  '/api/bootstrap': (_, exchange) => bootstrap(exchange),
  '/api/health': ({ backends }) =>
    json({
      online_backend_num: backends.filter(({ alive }) => alive).length,
      total_backend_num: backends.length,
      status: 'OK',
    }),
  '/api/idle_status': () => text('warehouse idle check is not enabled'),
  '/api/v2/feature': ({ version }) => json({ features: [rolesFeature], version, status: 'OK' }),
  // There is no image, and no journal.
  '/info': () => json({ imageJournalId: 0, imageFormatVersion: 'v2' }, bareJson),
  '/role': () => text('', 404),
  '/check': () => ({ ...text(''), headers: { token: 'stand-in' } }),
  '/journal_id': () => ({ ...text(''), headers: { id: '0' } }),
  '/api/connection': () => text('not valid parameter', 400),
  '/api/show_data': () => text('0'),
  '/api/show_meta_info': (cluster, { url }) => {
    return url.searchParams.get('action') === 'SHOW_DB_SIZE' ? json(databaseSizes(cluster), bareJson) : notFound;
  },
};

const rolesFeature = {
  name: 'RBAC',
  description: 'privilege system with full RBAC functionalities, supporting role inheritance and default roles.',
  link: 'https://docs.starrocks.io/en-us/latest/administration/privilege_overview',
};

/** For who gives a password; what else they take, they ask for themselves. */
const guardedPages: Readonly<Record<string, Guarded>> = {
  '/api/show_proc': forOperators(showProc),
  '/api/_get_ddl': forOperators(ddlOfTable),
  '/api/_set_config': forOperators(setConfig),
  '/api/_meta_replay_state': forOperators(() => json({ exception: 'NULL', state: 'UNKNOWN', delay_time_s: '0' })),
  '/api/rowcount': forOperators(rowCount),
};

const ofTables: Readonly<Record<string, Guarded>> = { _schema: schemaOfTable, _count: countOfTable };
const ofDatabases: Readonly<Record<string, Guarded>> = { _load_info: loadInfo };

/** Pages for people. The stand-in's are empty but for their names. */
const forPeople = ['', 'backend', 'variable', 'session', 'query', 'system', 'log', 'ha', 'queries'];

/** Answers all but loads, transactions and questions about them. */
export async function page(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { method = 'GET' } = exchange.request;
  const name = `/${exchange.path.join('/')}`;
  const refused = refuseMethod(method);
  if (refused !== undefined) return refused;
  const open = method === 'GET' && Object.hasOwn(openPages, name) ? openPages[name] : undefined;
  if (open !== undefined) return open(cluster, exchange);
  const guarded = method === 'GET' ? guardedPage(exchange.path, name) : undefined;
  const { subject, denied } = callerOf(cluster, exchange);
  if (guarded === undefined) {
    return denied === undefined ? pageForPeople(exchange) : unauthorized(`Authentication Failed. <br/> ${denied}`);
  }
  return subject === undefined ? unauthorized(restFailure(denied)) : guarded(cluster, exchange, subject);
}

function guardedPage(path: readonly string[], name: string): Guarded | undefined {
  const found = Object.hasOwn(guardedPages, name) ? guardedPages[name] : undefined;
  if (found !== undefined || path[0] !== 'api') return found;
  if (path.length === 4) return ofTables[path[3] ?? ''];
  return path.length === 3 ? ofDatabases[path[2] ?? ''] : undefined;
}

function refuseMethod(method: string): Answer | undefined {
  if (method === 'GET' || method === 'POST' || method === 'PUT') return undefined;
  const message = `HTTP method is not allowed: ${method}`;
  return { status: 405, text: method === 'HEAD' ? '' : restFailure(message) };
}

const notFound: Answer = { status: 404, text: '<!doctype html><html><title>Not Found</title></html>' };

function pageForPeople({ request, path }: Exchange): Answer {
  if (request.method !== 'GET') return { status: 501, text: restFailure('Not implemented') };
  const name = path[0] ?? '';
  if (path.length > 1 || !forPeople.includes(name)) return notFound;
  return text(`<!doctype html><html><title>${name === '' ? 'A stand-in for StarRocks' : name}</title></html>`);
}

function forOperators(answer: Guarded): Guarded {
  return (cluster, exchange, subject) =>
    refuseWithout(cluster, subject, 'OPERATE', wholeSystem) ?? answer(cluster, exchange, subject);
}

/** What a frontend tells of itself to who shows the cluster's token; to others, that it runs. */
function bootstrap({ url }: Exchange): Answer {
  const nothing = { replayedJournalId: 0, queryPort: 0, rpcPort: 0, feStartTime: 0 };
  const fine = url.searchParams.get('token') === null;
  const status = fine
    ? { status: 'OK', code: '0', msg: 'Success' }
    : { status: 'FAILED', code: '0', msg: 'invalid parameter' };
  const said = frontendJson({ ...nothing, heapUsedPercent: 0, ...status, message: 'OK' });
  // A double of Java.
  return { status: 200, text: said.replace('"heapUsedPercent":0', '"heapUsedPercent":0.0'), headers: bareJson };
}

function setConfig({ config }: Cluster, { url }: Exchange): Answer {
  const set: Record<string, string> = {};
  const err: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (config.change(name, value)) set[name] = value;
    else err[name] = `[${value}]`;
  }
  return json({ set, err });
}

/** Of broker loads; there are none here. */
function loadInfo(_: Cluster, { url }: Exchange): Answer {
  const label = url.searchParams.get('label');
  return {
    status: 200,
    text: restFailure(label === null ? 'No label selected.' : `Unknown job(${label})`),
    headers: jsonHeaders,
  };
}
