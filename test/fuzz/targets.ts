import { SinkError } from '../../src/kit/errors.ts';
import type { DecodeRules } from '../../src/messages/decode.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { compileRoutes } from '../../src/options/compile-routes.ts';
import { parseOptions } from '../../src/options/parse.ts';
import { requireRoutes } from '../../src/options/parse-routes.ts';
import { optionsFromText, optionsFromVariables } from '../../src/options/sources.ts';
import type { Chunk, Decoded } from '../../src/rows/chunk.ts';
import { splitCsvFields } from '../../src/rows/csv-fields.ts';
import { type CsvLayout, endRows, splitCsvRows } from '../../src/rows/csv-rows.ts';
import { createChunkFitter } from '../../src/rows/fit-chunk.ts';
import { type DescribedColumn, fitTableOf } from '../../src/rows/fit-table.ts';
import { rowTexts } from '../../src/rows/row-parts.ts';
import { sqsRecord } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';
import type { Random } from '../simulation/random.ts';
import { corpus, everything } from './corpus.ts';

/** One way into the sink. */
interface Target {
  readonly name: string;
  readonly corpus: readonly string[];
  /** @throws  what a defect is: all but a SinkError where it is said that one is thrown */
  run(input: string, random: Random): Promise<void>;
}

const layouts: readonly CsvLayout[] = [
  { columnSeparator: '\t', rowDelimiter: '\n' },
  { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' },
  { columnSeparator: ',', rowDelimiter: '\n', enclose: '"', escape: '\\' },
  { columnSeparator: '||', rowDelimiter: ';;', escape: '^' },
  { columnSeparator: '\u0001', rowDelimiter: '\u0002' },
];

const rulesOf = (random: Random): DecodeRules => ({
  ...{ maxInflatedBytes: 1024 ** 2, keepsBadRows: true, fingerprints: random.chance(0.5) },
  defaultFormat: random.pick([undefined, 'csv', 'json'] as const),
  csv: random.pick(layouts),
  envelopeColumns: random.chance(0.5) ? { time: 'at', key: 'k' } : {},
});

const attributeNames = [
  'database',
  'table',
  'format',
  'columns',
  'chunk',
  'rows',
  'encoding',
  'csv',
  'ExtendedPayloadSize',
];
const attributeTexts = ['json', 'csv', 'a,b', '1', '__proto__', 'x'.repeat(300), '{"enclose":"\'"}', 'gzip'];

function attributesOf(random: Random): Record<string, string> {
  if (random.chance(0.6)) return {};
  return Object.fromEntries([1, 2].map(() => [random.pick(attributeNames), random.pick(attributeTexts)]));
}

/** What is decoded are rows of the text that the chunk has, and no others. */
async function check(decoded: Decoded, layout: CsvLayout): Promise<readonly Chunk[]> {
  if (!decoded.ok) return [];
  for (const chunk of decoded.chunks.flatMap((each) => each.parts ?? [each])) {
    const text = chunk.source ? Buffer.concat(await Array.fromAsync(chunk.source())).toString() : chunk.text;
    if (Buffer.byteLength(text) !== chunk.bytes) throw new Error(`${chunk.bytes} bytes were promised`);
    const rows = rowTexts({ ...chunk, text }, chunk.csv ?? layout);
    if (rows.length !== chunk.rows) throw new Error(`${chunk.rows} rows were counted, and there are ${rows.length}`);
    if (chunk.layout === 'csv') continue;
    const values: unknown = JSON.parse(`[${rows.join()}]`);
    const areObjects = (values as unknown[]).every((each) => typeof each === 'object' && each && !Array.isArray(each));
    if (!areObjects || (values as unknown[]).length !== chunk.rows)
      throw new Error('a row is no object, or is several');
  }
  return decoded.chunks;
}

/** A large object and a small one that hold the input, in a bucket that may be read. */
async function decodeObject(input: string, random: Random, rules: DecodeRules): Promise<Decoded> {
  const bucket = fakeBucket();
  bucket.bodies.set('in/1', Buffer.from(input));
  const object = {
    key: random.pick(['in/1', 'in%2F1']),
    size: random.pick([20, 99_999_999, 'x', -1]),
    sequencer: '0055',
  };
  const record = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'landing' }, object } };
  const body = JSON.stringify({ Records: [record] });
  const payloads = { buckets: ['landing'], bucket: () => bucket.store };
  return decodeAnywhere(sqsRecord({ body, attributes: attributesOf(random) }), rules, payloads);
}

const column = (name: string, type: string, more: Partial<DescribedColumn> = {}): DescribedColumn => ({
  ...{ name, type, nullable: true, key: false, generated: false, autoIncrement: false, default: undefined },
  ...more,
});
const columns = [
  column('id', 'bigint(20)', { nullable: false, key: true }),
  column('name', 'varchar(10)'),
  column('at', 'datetime'),
  column('doc', 'json'),
  column('state', 'varchar(10)', { nullable: false, default: 'new' }),
  column('price', 'decimal(10, 2)'),
  column('tags', 'array<int(11)>'),
];
const fitting = { timeZone: 'UTC', epochUnit: 'ms', isPartial: false, checksRows: true, unknownKeys: 'drop' } as const;

async function fit(input: string, random: Random): Promise<void> {
  const layout = random.pick(layouts);
  const rules = { ...rulesOf(random), csv: layout };
  const chunks = await check(await decodeAnywhere(sqsRecord({ body: input }), rules, undefined), layout);
  const table = fitTableOf(columns, ['id'], { ...fitting, now: () => Date.UTC(2026, 0, 1) });
  for (const chunk of chunks.filter((each) => each.layout !== 'csv' && each.rows > 0)) {
    const { parts } = createChunkFitter(table, layout).fitJson(chunk);
    const rows = parts.reduce((sum, part) => sum + part.chunk.rows + (part.chunk.badRows?.length ?? 0), 0);
    const came = chunk.rows + (chunk.badRows?.length ?? 0);
    if (rows !== came) throw new Error(`${came} rows came, and ${rows} are left`);
    await check({ ok: true, chunks: parts.map((part) => part.chunk) as [Chunk, ...Chunk[]] }, layout);
  }
}

async function readCsv(input: string, random: Random): Promise<void> {
  const layout = random.pick(layouts);
  const ended = endRows(input, layout);
  if (ended === undefined) return;
  const rows = splitCsvRows(ended.text, layout);
  if (rows.length !== ended.rows) throw new Error('rows are counted otherwise than they are split');
  for (const row of rows.slice(0, 1000)) splitCsvFields(row, layout);
}

/** What is wrong with options is told, never thrown. */
async function readOptions(input: string): Promise<void> {
  const raw = optionsFromText(input);
  const json = parsed(input);
  for (const given of [raw, json, optionsFromVariables(json)]) {
    const options = parseOptions(given);
    if (!options.ok) continue;
    try {
      const routes = compileRoutes(requireRoutes(json['routes'] ?? [], options.options), options.options);
      routes.routeFrom({
        database: input.slice(0, 200),
        table: input.slice(0, 200),
        attributes: {},
        object: undefined,
      });
    } catch (error) {
      if (!(error instanceof SinkError)) throw error;
    }
  }
}

function parsed(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, string>)
      : {};
  } catch {
    return {};
  }
}

export const targets: readonly Target[] = [
  {
    name: 'messages',
    corpus: everything,
    async run(body, random) {
      const rules = rulesOf(random);
      await check(
        await decodeAnywhere(sqsRecord({ body, attributes: attributesOf(random) }), rules, undefined),
        rules.csv,
      );
    },
  },
  {
    name: 'objects',
    corpus: everything,
    async run(input, random) {
      const rules = rulesOf(random);
      await check(await decodeObject(input, random, rules), rules.csv);
    },
  },
  { name: 'fitting', corpus: [...corpus.rows, ...corpus.changes], run: fit },
  { name: 'csv', corpus: corpus.csv, run: readCsv },
  { name: 'options', corpus: corpus.options, run: readOptions },
];
