import type { LoadHeaders } from '../model.ts';
import type { Call, Operation } from '../spy.ts';

const transactionOperations = ['begin', 'load', 'prepare', 'commit', 'rollback', 'list'] as const;

/** What a request asks for: by path for plain loads and questions, by header for transactions. */
export function route(
  method: string,
  path: readonly string[],
  query: URLSearchParams,
  headers: LoadHeaders,
): Pick<Call, 'operation' | 'database' | 'table' | 'label'> {
  const [api, first = '', second = '', third] = path;
  const label = headers['label'] ?? '';
  if (api !== 'api') return { operation: 'other', database: '', table: '', label };
  if (first === 'transaction') return transactionRoute(method, second, headers, label);
  if (third === '_stream_load' && method === 'PUT') {
    return { operation: 'stream_load', database: first, table: second, label };
  }
  if (third === '_cancel' && method === 'POST') {
    const asked = query.get('label');
    // The label in the path, as documented, is not read (test/fixtures/recorded/get-load-state.json).
    return { operation: 'cancel', database: first, table: asked === null ? '' : second, label: asked ?? '' };
  }
  if (second === 'get_load_state' && method === 'GET') {
    return { operation: 'get_load_state', database: first, table: '', label: query.get('label') ?? '' };
  }
  return { operation: 'other', database: '', table: '', label };
}

function transactionRoute(
  method: string,
  name: string,
  headers: LoadHeaders,
  label: string,
): Pick<Call, 'operation' | 'database' | 'table' | 'label'> {
  const known = transactionOperations.find((operation) => operation === name.toLowerCase());
  const operation: Operation = known === undefined || (method === 'GET' && known !== 'list') ? 'other' : known;
  return { operation, database: headers['db'] ?? '', table: headers['table'] ?? '', label };
}
