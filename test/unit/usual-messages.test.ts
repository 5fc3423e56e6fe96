import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../src/messages/memory-budget.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { UsualMessages } from '../../src/messages/usual-messages.ts';
import type { Decoded } from '../../src/rows/chunk.ts';
import { sqsRecord } from '../builders.ts';
import { hold, rules } from './usual-messages-world.ts';

/** Keys by which envelopes and change events are told, and others. */
const keys = [
  'id,name,ü,a b,type,database,source,ts_ms,ts_us,schema,payload,__op,__deleted,isDdl,data,encrypted,bytes',
  'record-type,table,operation,op,after,event_count,data_collections,iodebeziumop,specversion,eventSource',
  'EventSource,messageId,body,Event,Records,records,TopicArn,Type,Message,detail-type,detail,version,logGroup',
  'messageType,awslogs,requestContext,isBase64Encoded,headers,functionArn,eventSourceARN,kinesisSchemaVersion',
  's3',
].flatMap((names) => names.split(','));
const values = [
  ...[
    '1',
    '-0.5',
    'true',
    'null',
    '""',
    '"é"',
    '"a\\nb"',
    '"__op"',
    '"insert"',
    '"d"',
    '"0"',
    '"aws:sqs"',
    '"aws:kafka"',
    '"aws:s3"',
  ],
  ...[
    '"aws:dynamodb"',
    '"SelfManagedKafka"',
    '"s3:TestEvent"',
    '"Notification"',
    '"DATA_MESSAGE"',
    '"source"',
    '"TopicArn"',
  ],
];
const unusual = ['1e400', '"\\u00e9"', '"\\ud800"', '"\ud800"', '[]', '{}', '{"a":1}', 'x', '"\n"'];
const value = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...values) }, fc.constantFrom(...unusual));
const odd = [
  '[{"a":1}]',
  '{"a":1}\n{"a":2}',
  '{}',
  'null',
  ' {"a":1}',
  '{"a":1} ',
  '{"a":1}\u00a0',
  '{"a":1}{"a":2}',
  'a\tb',
  '',
];

/** Rows of one form, and what else comes among them. */
const bodies = fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 4 }).chain((names) => {
  const row = (colon: string, comma: string) =>
    fc
      .array(value, { minLength: names.length, maxLength: names.length })
      .map((held) => `{${names.map((name, at) => `${JSON.stringify(name)}${colon}${held[at]}`).join(comma)}}`);
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: row(':', ',') },
      row(': ', ', '),
      row('  :', ','),
      row(':', ',').map((text) => `${text} `),
      fc.constantFrom(...odd),
    ),
    { minLength: 2, maxLength: 12 },
  );
});

const attribute = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  fc.constantFrom<Readonly<Record<string, string>>>(
    ...[
      { table: 'orders' },
      { table: 'orders', database: 'shop' },
      { table: 'other' },
      { columns: 'id,name' },
      { rows: '1' },
    ],
    ...[
      { rows: '2' },
      { format: 'csv' },
      { format: 'json' },
      { 'order-by': 'version' },
      { chunk: 'c1' },
      { trace: 'x' },
    ],
    ...[
      { 'starrocks-sink-resent': '1-m' },
      { encoding: 'gzip' },
      { encoding: 'plain' },
      { ExtendedPayloadSize: '3' },
      { chunk: '' },
    ],
  ),
);

/** Mostly String, as attributes that are texts have to be. */
const dataType = fc.oneof({ weight: 9, arbitrary: fc.constant('String') }, fc.constantFrom('Number', 'String.utf8'));

/** Messages of few kinds, so that one comes after another of its own. */
const events = fc
  .tuple(bodies, fc.array(attribute, { minLength: 1, maxLength: 2 }))
  .chain(([texts, kinds]) =>
    fc
      .array(fc.tuple(fc.constantFrom(...kinds), dataType), { minLength: texts.length, maxLength: texts.length })
      .map((all) => texts.map((body, at) => recordOf(`m${at}`, body, ...(all[at] ?? [{}, 'String'])))),
  );

function recordOf(
  messageId: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
  type: string,
): SQSRecord {
  const record = sqsRecord({ messageId, body, attributes });
  const typed = Object.entries(record.messageAttributes).map(([name, value]) => [name, { ...value, dataType: type }]);
  return { ...record, messageAttributes: Object.fromEntries(typed) };
}

describe('usual messages', () => {
  it('become what decoding makes of them, whatever came before them', () => {
    const rulesOf = fc.record({
      fingerprints: fc.boolean(),
      keepsBadRows: fc.boolean(),
      dropsDeletes: fc.boolean(),
      maxInflatedBytes: fc.constantFrom(10, 1000),
    });
    let read = 0;
    fc.assert(
      fc.property(events, rulesOf, fc.constantFrom(30, 100, 1e6), (records, own, bytes) => {
        read += hold(records, { ...rules, ...own }, bytes).length;
      }),
      { numRuns: 600 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('are told from the second of their form on, also where some members are left out', () => {
    const rows = ['{"id":1,"name":"a"}', '{"id":2,"name":"b"}', '{"id":3}', '{"id":4}', '{"id": 5, "name": null}'];
    expect(
      hold(
        rows.map((body, at) => sqsRecord({ messageId: `m${at}`, body, attributes: { table: 'orders' } })),
        rules,
      ),
    ).toHaveLength(3);
  });

  it('are of one kind where their attributes are the same, and of another where they are not', () => {
    const usual = new UsualMessages(rules);
    const chunkOf = (id: number, attributes: Readonly<Record<string, string>>) => {
      const record = sqsRecord({ messageId: `m${id}`, body: `{"id":${id}}`, attributes });
      const found = usual.read(record, new MemoryBudget(1e6));
      if (!found) usual.learn(record, decodeAnywhere(record, rules, undefined) as Decoded);
      return found;
    };
    const all = [1, 2, 3].map((id) => chunkOf(id, { table: 'orders' }));
    expect(all[0]).toBeUndefined();
    expect(all[1]?.alike).toBeDefined();
    expect(all[2]?.alike).toBe(all[1]?.alike);
    expect([chunkOf(4, { table: 'orders', columns: 'id' }), chunkOf(5, { table: 'other' })]).toEqual([
      undefined,
      undefined,
    ]);
    expect(chunkOf(6, { table: 'orders', columns: 'id' })).toMatchObject({
      table: 'orders',
      columns: ['id'],
      id: '1767225600000-m6',
    });
    expect(chunkOf(7, { table: 'other' })?.table).toBe('other');
  });
});
