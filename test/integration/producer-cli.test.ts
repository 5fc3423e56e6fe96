import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../cli/failure.ts';
import { createSendCommand } from '../../cli/send.ts';
import { createLocalResources, drainDeadLetters } from '../../local/aws/queues.ts';
import { type LocalAws, startAws } from '../../local/aws/server.ts';

let aws: LocalAws;
let sqs: SQSClient;
let queueUrl: string;
let folder: string;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local').stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  aws = await startAws();
  sqs = new SQSClient(aws.clientConfig);
  queueUrl = (await createLocalResources(aws.endpoint)).rowsQueueUrl;
  folder = await mkdtemp(join(tmpdir(), 'send-'));
});

afterAll(async () => {
  sqs.destroy();
  await aws.close();
  await rm(folder, { recursive: true });
});

async function send(content: string | Uint8Array, args: readonly string[] = [], name = 'rows.json') {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local').stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  const path = join(folder, name);
  await writeFile(path, content);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const surroundings = {
    stdin: Readable.from([Buffer.from(content)]),
    stdout,
    stderr,
    env: { QUEUE_URL: queueUrl },
    exitCode: 0,
  };
  const file = args.includes('-') ? [] : [path];
  const rawArgs = [...file, '--table', 'orders', '--endpoint', aws.endpoint, ...args];
  try {
    const writeErr = (said: string): void => void stderr.write(said);
    await createSendCommand(surroundings).configureOutput({ writeErr }).parseAsync(rawArgs, { from: 'user' });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    stderr.write(`${failure.text ?? ''}\n`);
    surroundings.exitCode = failure.exitCode;
  }
  const messages = await drainDeadLetters(sqs, queueUrl);
  return {
    exitCode: surroundings.exitCode,
    out: String(stdout.read() ?? ''),
    told: String(stderr.read() ?? '').replaceAll(folder, ''),
    rows: messages.flatMap(({ Body = '' }) => Body.trimEnd().split('\n')),
    attributes: messages.map(({ MessageAttributes = {} }) =>
      Object.fromEntries(Object.entries(MessageAttributes).map(([key, { StringValue }]) => [key, StringValue])),
    ),
  };
}

const ndjson = '{"n":1.230000000000000000001}\n\n{"n":2}\r\n{"n":3}';

describe('send', () => {
  it('sends one object per line as it stands there', async () => {
    const { rows, out, exitCode } = await send(ndjson);
    expect(rows).toEqual(['{"n":1.230000000000000000001}', '{"n":2}', '{"n":3}']);
    expect(out).toMatch(/^Sent 3 rows in 1 messages \([\d,]+ bytes\) in [\d.]+ s\.\n$/);
    expect(exitCode).toBe(0);
  });

  it('sends a JSON array, its elements as text', async () => {
    const { rows } = await send(' [{"n":1.230000000000000000001, "s":"],[\\"{"},\n{"n":\n2}]\n');
    expect(rows).toEqual(['{"n":1.230000000000000000001, "s":"],[\\"{"}', '{"n": 2}']);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['several gzip members', (text: string) => Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))])],
  ] as const)('recognises %s', async (_, compress) => {
    expect((await send(compress(ndjson))).rows).toHaveLength(3);
  });

  it('refuses several zstd frames, of which Node would read the first only', async () => {
    const frames = Buffer.concat([zstdCompressSync('{"n":1}\n'), zstdCompressSync('{"n":2}\n')]);
    const { told, exitCode, rows } = await send(frames);
    expect(told).toMatch(/more than one zstd frame/);
    expect([exitCode, rows]).toEqual([1, ['{"n":1}']]);
  });

  it('reads standard input', async () => {
    expect((await send(ndjson, ['-'])).rows).toHaveLength(3);
  });

  it('sends CSV with a header as JSON, all values as text', async () => {
    const csv = '\ufeffid,name\r\n1,"a, ""b""\nc"\r\n\r\n0002,\\N\r\n';
    const { rows, attributes } = await send(csv, ['--header'], 'rows.csv');
    expect(rows).toEqual(['{"id":"1","name":"a, \\"b\\"\\nc"}', '{"id":"0002","name":null}']);
    expect(attributes[0]).toMatchObject({ format: 'json', rows: '2' });
  });

  it('sends CSV as CSV when asked to, with its columns', async () => {
    const { rows, attributes } = await send('id\tname\n1\ta,b\n', ['--header', '--as', 'csv'], 'rows.tsv');
    expect(rows).toEqual(['1\ta,b']);
    expect(attributes[0]).toMatchObject({ format: 'csv', columns: 'id,name' });
  });

  it('sends CSV without known columns as it is', async () => {
    const { rows, attributes } = await send('1;a\n2;b', ['--format', 'csv', '--column-separator', ';']);
    expect(rows).toEqual(['1;a', '2;b']);
    expect(attributes[0]).toMatchObject({ format: 'csv' });
    expect(attributes[0]).not.toHaveProperty('columns');
  });

  it('tells with each message how its CSV is written, and the first line where nobody says what that is', async () => {
    const told = async (args: readonly string[]) =>
      JSON.parse((await send('a,b\n1,x\n', args, 'rows.csv')).attributes[0]?.['csv'] ?? 'null');
    const notation = { column_separator: ',', row_delimiter: '\n', enclose: '"', escape: '' };
    expect(await told([])).toEqual({ ...notation, header: 'auto', first_line: ['a', 'b'] });
    expect(await told(['--no-header'])).toEqual({ ...notation, header: 'no' });
    expect(await told(['--header'])).toEqual({});
    expect(await told(['--header', '--as', 'csv'])).toEqual({ ...notation, header: 'no' });
  });

  it('reads which texts are NULL, and spaces that are no data, or tells it with each message', async () => {
    const csv = 'id, name ,n\n1 ,"NULL", NULL\n2,-,""\n';
    const args = ['--null', 'NULL,-,""', '--trim-space'];
    expect((await send(csv, ['--header', ...args], 'rows.csv')).rows).toEqual([
      '{"id":"1","name":"NULL","n":null}',
      '{"id":"2","name":null,"n":""}',
    ]);
    const { rows, attributes } = await send(csv, args, 'rows.csv');
    expect(rows).toEqual(csv.trimEnd().split('\n'));
    expect(JSON.parse(attributes[0]?.['csv'] ?? '')).toMatchObject({ null: ['NULL', '-', ''], trim_space: true });
  });

  it.each([
    [
      'of which one has another number of fields',
      '1,a\n2\n3,c\n',
      [],
      /line 2, row 2: The row has 1 field, and the first line has 2\./,
      1,
    ],
    [
      'whose fields are parted otherwise',
      'id;name\n1;a\n',
      [],
      /it has no ",", and holds ";"; say what parts fields by --column-separator/,
      0,
    ],
    [
      'whose fields are parted otherwise, behind names',
      'id;name\n1;a\n',
      ['--header'],
      /it has no ",", and holds ";"/,
      0,
    ],
    ['whose first line names a column twice', 'id,id\n1,a\n', ['--header'], /its first line names "id" twice/, 0],
  ])('sends no rows %s, which could only be rejected', async (_, csv, args, message, sent) => {
    const { rows, told, exitCode } = await send(csv, args, 'rows.csv');
    expect(told).toMatch(message);
    expect([rows.length, exitCode]).toEqual([sent, 1]);
  });

  it('leaves a field without a name out, as of an index', async () => {
    expect((await send(',id\n0,1\n', ['--header'], 'rows.csv')).rows).toEqual(['{"id":"1"}']);
  });

  it('wants to be told what a first line is that is too long to be told with each message', async () => {
    const long = 'x'.repeat(5000);
    const { told, exitCode, rows } = await send(`${long},b\n1,2\n`, [], 'rows.csv');
    expect([exitCode, rows]).toEqual([1, []]);
    expect(told).toContain('say --header when it names the columns, or --no-header');
  });

  it('stops at a malformed row, says where it is, and sends the rows before it', async () => {
    const { rows, told, out, exitCode } = await send('{"n":1}\n\n{"n":2\n{"n":3}\n');
    expect(told).toBe('/rows.json, line 3, row 2: The text of 6 characters does not parse as JSON.\n');
    expect(rows).toEqual(['{"n":1}']);
    expect(out).toMatch(/Sent 1 rows .*; 1 bad rows were not sent; it stopped before the end/);
    expect(exitCode).toBe(1);
  });

  it('skips malformed rows when told to, and tells of the first twenty', async () => {
    const many = Array.from({ length: 500 }, (_, n) => (n % 5 === 4 ? `"${n}"` : `{"n":${n}}`));
    const { rows, told, out, exitCode } = await send(many.join('\n'), ['--on-bad-row', 'skip']);
    expect(rows).toEqual(many.filter((line) => line.startsWith('{')));
    expect(told.trimEnd().split('\n')).toHaveLength(20);
    expect(told).toMatch(/^\/rows.json, line 5, row 5: The text is a string\.\n.*line 10, row 10/);
    expect(out).toMatch(/Sent 400 rows.*; 100 bad rows were not sent\.\n/);
    expect(exitCode).toBe(0);
  });

  it('says which row of a CSV file has another number of fields', async () => {
    const { rows, told, exitCode } = await send(
      'id,name\n1,"a\nb"\n2\n3,c\n',
      ['--header', '--on-bad-row', 'skip'],
      'rows.csv',
    );
    expect(told).toBe('/rows.csv, line 4, row 2: The row has 1 field, and there are 2 columns.\n');
    expect(rows).toHaveLength(2);
    expect(exitCode).toBe(0);
  });

  it.each([
    [
      'an array that does not end',
      '[{"n":1},{"n":2',
      'rows.json',
      /the array does not end; its last element begins in line 1/,
    ],
    ['text behind an array', '[{"n":1}]\nx{"n":2}', 'rows.json', /text follows the array in line 2/],
    [
      'a field that does not end',
      'id\n1\n"2\n3\n',
      'rows.csv',
      /the row in line 3 has an enclosed field that does not end/,
    ],
  ])('sends the rows before %s, and fails', async (_, content, name, message) => {
    const { rows, told, exitCode } = await send(content, name.endsWith('csv') ? ['--header'] : [], name);
    expect(told).toMatch(message);
    expect(rows).toHaveLength(1);
    expect(exitCode).toBe(1);
  });

  it('fails on text that is in no known format, and on bytes that are no UTF-8', async () => {
    expect(await send('hello', [], 'rows.txt')).toMatchObject({
      exitCode: 1,
      told: expect.stringMatching(/say --format/),
    });
    expect(await send(Buffer.from([0x7b, 0xff]))).toMatchObject({ exitCode: 1, rows: [] });
  });

  it('fails without a queue, on a file that is not there, and on a folder', async () => {
    expect(await send(ndjson, ['--queue-url', ''])).toMatchObject({
      exitCode: 2,
      told: expect.stringMatching(/--queue-url.*Expected an address/),
    });
    expect(await send(ndjson, [join(folder, 'absent.json')])).toMatchObject({
      exitCode: 1,
      told: expect.stringMatching(/\/absent\.json does not exist\./),
    });
    expect(await send(ndjson, [folder])).toMatchObject({
      exitCode: 1,
      told: expect.stringMatching(/is a folder, and a file is needed\.\n$/),
    });
  });

  it('says what SQS does not take', async () => {
    aws.faults.add({ action: 'SendMessageBatch', status: 403, code: 'AccessDenied' });
    const { told, exitCode } = await send(ndjson);
    expect(told).toMatch(/SEND_FAILED.*3 rows in 1 chunks/);
    expect(told).not.toContain('..');
    expect(exitCode).toBe(1);
  });

  it('writes nothing but the summary when nobody looks at a terminal', async () => {
    expect((await send(ndjson)).told).toBe('');
  });
});
