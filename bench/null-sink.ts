/**
 * A StarRocks that throws its rows away: a frontend that redirects loads that announce `Expect: 100-continue`, and a
 * backend that reads the body and answers Success. A process of its own, so that the bench's CPU time is the sink's alone.
 *
 * argv: the rows that every load is said to hold. Sends its addresses to the parent, and ends with it.
 */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NullSinkAddresses } from './sink-process.ts';

const rows = Number(process.argv[2]);
let taken = 0;

const backend = await listen((request, response) => {
  if (request.method === 'GET') return void response.end(String(taken));
  if (request.headers.expect !== undefined) response.writeContinue();
  request.on('data', (bytes: Buffer) => {
    taken += bytes.length;
  });
  request.on('end', () => response.end(success));
});

const frontend = await listen((request, response) => {
  if (request.headers.expect === undefined) {
    return void response.end('{"Status":"FAILED","Message":"There is no 100-continue header"}');
  }
  response.writeHead(307, { location: `${backend}${request.url}`, connection: 'close' }).end();
});

const success = JSON.stringify({
  ...{ TxnId: 1, Label: 'null', Status: 'Success', Message: 'OK' },
  ...{ NumberTotalRows: rows, NumberLoadedRows: rows, NumberFilteredRows: 0, NumberUnselectedRows: 0 },
});

process.on('disconnect', () => process.exit());
process.send?.({ frontend, backend } satisfies NullSinkAddresses);

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).on('checkContinue', answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
