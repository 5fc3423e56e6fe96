import type { SQSRecord } from 'aws-lambda';
import { decodeMessage } from '../src/messages/decode.ts';
import { formatCount, formatMs, type Line } from './lines.ts';
import { compare, ratioOf, type Side } from './measure.ts';

const eventsPerMessage = 100;
const messageCount = 100;
const events = eventsPerMessage * messageCount;

/** Decoding change events, against parsing each as JSON once. */
export async function benchChanges(): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const [what, texts, leastPerSecond] of [
    ['Debezium with schema', Array.from({ length: events }, (_, id) => withSchema(envelope(id))), 150_000],
    ['Debezium without schema', Array.from({ length: events }, (_, id) => JSON.stringify(envelope(id))), undefined],
    ['Maxwell', Array.from({ length: events }, (_, id) => JSON.stringify(maxwell(id))), undefined],
  ] as const) {
    const [ours, parsing] = await compare(decoding(texts), onceParsed(texts));
    const perSecond = events / (ours.cpuMs / 1000);
    lines.push({
      what: `changes, ${what}: ${formatCount(events)} events of ${texts[0]?.length} bytes`,
      measured: formatMs(ours.cpuMs),
      against: `${formatMs(parsing.cpuMs)}: JSON.parse of each event`,
      ...ratioOf(ours, parsing, 'cpuMs'),
      target: { below: 3 },
    });
    if (leastPerSecond === undefined) continue;
    lines.push({
      what: `changes, ${what}: rows per CPU second`,
      measured: `${formatCount(perSecond)} rows/s`,
      against: `${formatCount(leastPerSecond)} rows/s: wanted`,
      ratio: perSecond / leastPerSecond,
      target: { atLeast: 1 },
    });
  }
  return lines;
}

const rules = {
  ...{ maxInflatedBytes: 64 * 1024 ** 2, defaultFormat: undefined },
  csv: { columnSeparator: '\t', rowDelimiter: '\n' },
};

function decoding(texts: readonly string[]): Side<readonly SQSRecord[]> {
  return {
    prepare: () => Array.from({ length: messageCount }, (_, at) => messageOf(texts, at)),
    run: (records) => {
      const rows = records.map((record) => rowsIn(record)).reduce((sum, each) => sum + each, 0);
      if (rows !== events) throw new Error(`${rows} rows came of ${events} events.`);
    },
  };
}

function rowsIn(record: SQSRecord): number {
  const decoded = decodeMessage(record, rules);
  if (!decoded.ok) throw new Error(`${decoded.rejection.code}: ${decoded.rejection.detail}`);
  return decoded.chunks.reduce((sum, { rows }) => sum + rows, 0);
}

const onceParsed = (texts: readonly string[]): Side<readonly string[]> => ({
  prepare: () => texts,
  run: () => {
    for (const text of texts) JSON.parse(text);
  },
});

const messageOf = (texts: readonly string[], at: number): SQSRecord => ({
  ...{ messageId: `m${at}`, receiptHandle: '', messageAttributes: {}, md5OfBody: '', eventSource: 'aws:sqs' },
  ...{ eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:rows', awsRegion: 'eu-central-1' },
  body: texts.slice(at * eventsPerMessage, (at + 1) * eventsPerMessage).join('\n'),
  attributes: {
    ...{ ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: '', ApproximateFirstReceiveTimestamp: '0' },
  },
});

const columns = [
  { field: 'id', type: 'int64', optional: false },
  { field: 'customer', type: 'string', optional: true },
  { field: 'amount', type: 'string', optional: true },
  {
    field: 'state',
    type: 'string',
    optional: true,
    name: 'io.debezium.data.Enum',
    parameters: { allowed: 'new,paid' },
  },
  { field: 'placed_at', type: 'int64', optional: true, name: 'io.debezium.time.MicroTimestamp' },
  { field: 'updated_at', type: 'string', optional: true, name: 'io.debezium.time.ZonedTimestamp' },
] as const;

const rowOf = (id: number) => ({
  ...{ id, customer: `customer ${id % 1000}`, amount: `${id % 500}.99`, state: 'paid' },
  ...{ placed_at: 1_709_210_096_123_456 + id, updated_at: '2024-02-29T12:34:56Z' },
});

const envelope = (id: number) => ({
  before: null,
  after: rowOf(id),
  source: {
    ...{ version: '3.6.1.Final', connector: 'mysql', name: 'dbz', ts_ms: 1_795_853_940_574, snapshot: 'false' },
    ...{ db: 'shop', sequence: null, ts_us: 1_795_853_940_574_126, ts_ns: 1_795_853_940_574_126_000 },
    ...{ table: 'orders', server_id: 77, gtid: 'fed1613a-eb03-11f1-bfdf-02fc00000001:142', file: 'bin.000001' },
    ...{ pos: 88_664 + id, row: 0, thread: 53, query: null },
  },
  ...{
    transaction: null,
    op: 'c',
    ts_ms: 1_795_853_940_665,
    ts_us: 1_795_853_940_665_123,
    ts_ns: 1_795_853_940_665_123_000,
  },
});

const image = (field: string) => ({
  ...{ type: 'struct', fields: columns, optional: true, name: 'dbz.shop.orders.Value', field },
});

const schema = JSON.stringify({
  type: 'struct',
  fields: [
    ...[image('before'), image('after')],
    {
      ...{ type: 'struct', optional: false, name: 'io.debezium.connector.mysql.Source', version: 2, field: 'source' },
      fields: Object.keys(envelope(0).source).map((field) => ({ type: 'string', optional: true, field })),
    },
    ...['transaction', 'op', 'ts_ms', 'ts_us', 'ts_ns'].map((field) => ({ type: 'string', optional: true, field })),
  ],
  ...{ optional: false, name: 'dbz.shop.orders.Envelope', version: 2 },
});

const withSchema = (event: object) => `{"schema":${schema},"payload":${JSON.stringify(event)}}`;

const maxwell = (id: number) => ({
  ...{ database: 'shop', table: 'orders', type: 'insert', ts: 1_795_832_075, xid: 1169 + id, commit: true },
  ...{ position: `bin.000001:${260_392 + id}`, primary_key: [id], primary_key_columns: ['id'], data: rowOf(id) },
});
