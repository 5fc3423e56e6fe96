/**
 * A StarRocks that throws its rows away: a frontend that redirects loads that announce `Expect: 100-continue`, and
 * commands of transactions, keeps connections and ends what is prepared as recorded ones do, and a backend that reads bodies and answers. A process of its own, so that the bench's CPU
 * time is the sink's alone. Rows are not looked for: they are counted by the length of the body.
 *
 * argv: RowRule as JSON. Sends its addresses to the parent, and ends with it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NullSinkAddresses, RowRule, Taken } from './sink-process.ts';

const rule = JSON.parse(process.argv[2] ?? '') as RowRule;
const taken: Taken = { bytes: 0, loads: 0 };

interface Transaction {
  rows: number;
  state: 'PREPARE' | 'PREPARED' | 'VISIBLE' | 'ABORTED';
}
const transactions = new Map<string, Transaction>();

const backend = await listen((request, response) => {
  if (request.headers.expect !== undefined) response.writeContinue();
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    taken.bytes += piece.length;
  });
  request.on('end', () => response.end(JSON.stringify(answerTo(request, bytes))));
});

const frontend = await listen((request, response) => {
  if (request.url?.includes('/get_load_state')) return tellState(request, response);
  if (request.method === 'PUT' && request.headers.expect === undefined) {
    return void response.end('{"Status":"FAILED","Message":"There is no 100-continue header"}');
  }
  const label = String(request.headers['label']);
  if (isEnd(request.url) && transactions.get(label)?.state !== 'PREPARE') {
    return void response.end(JSON.stringify(answerTo(request, 0)));
  }
  // Recordings: of a plain load the frontend closes the connection, of a transaction it keeps it.
  const connection = request.url?.startsWith('/api/transaction/') ? 'keep-alive' : 'close';
  response.writeHead(307, { location: `${backend}${request.url}`, 'content-length': 0, connection }).end();
});

process.on('disconnect', () => process.exit());
process.send?.({ frontend, backend } satisfies NullSinkAddresses);

/** After prepare a frontend carries out the end of a transaction itself. */
function isEnd(url = ''): boolean {
  return url.endsWith('/commit') || url.endsWith('/rollback');
}

function answerTo({ method, url = '', headers }: IncomingMessage, bytes: number): object {
  if (method === 'GET') return taken;
  const operation = /^\/api\/transaction\/(\w+)$/.exec(url)?.[1];
  return operation === undefined ? plainLoad(bytes) : inTransaction(operation, String(headers['label']), bytes);
}

function plainLoad(bytes: number): object {
  const rows = rowsIn(bytes);
  if (rows === undefined) return failure(`${bytes} bytes are no whole rows`);
  taken.loads += 1;
  return { ...success('Success'), ...countsOf(rows) };
}

function inTransaction(operation: string, label: string, bytes: number): object {
  if (operation === 'begin') {
    transactions.set(label, { rows: 0, state: 'PREPARE' });
    return success('OK');
  }
  const transaction = transactions.get(label);
  if (transaction === undefined) return { Status: 'TXN_NOT_EXISTS', Message: 'no transaction found' };
  switch (operation) {
    case 'load': {
      const rows = rowsIn(bytes);
      if (rows === undefined) return failure(`${bytes} bytes are no whole rows`);
      transaction.rows += rows;
      return success('OK');
    }
    case 'prepare':
      transaction.state = 'PREPARED';
      return { ...success('OK'), ...countsOf(transaction.rows) };
    case 'commit':
      if (transaction.state !== 'VISIBLE') taken.loads += 1;
      transaction.state = 'VISIBLE';
      return success('OK');
    default:
      transaction.state = 'ABORTED';
      return success('OK');
  }
}

/** Rows in a body; undefined when it holds a part of a row. */
function rowsIn(bytes: number): number | undefined {
  if ('rows' in rule) return rule.rows;
  // Each row of an array is followed by a comma or the closing bracket; the opening one comes first.
  const rows = (bytes - 1) / (rule.bytesPerRow + 1);
  return Number.isSafeInteger(rows) ? rows : undefined;
}

const success = (status: string) => ({ TxnId: 1, Label: 'null', Status: status, Message: 'OK' });
const failure = (message: string) => ({ Status: 'Fail', Message: message });
const countsOf = (rows: number) => ({
  ...{ NumberTotalRows: rows, NumberLoadedRows: rows, NumberFilteredRows: 0, NumberUnselectedRows: 0 },
});

function tellState({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const label = new URL(url, 'http://localhost').searchParams.get('label') ?? '';
  response.end(JSON.stringify({ status: 'OK', state: transactions.get(label)?.state ?? 'UNKNOWN' }));
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).on('checkContinue', answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
