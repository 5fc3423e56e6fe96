import type { SQSRecord } from 'aws-lambda';
import { type Finding, failure, ok, warning } from '../check/finding.ts';
import { failures } from '../kit/errors.ts';
import { readMessages } from '../pipeline/read-messages.ts';
import type { TableId } from '../ports.ts';
import type { Chunk } from '../rows/chunk.ts';
import { wireIngest } from './wire-ingest.ts';
import type { Parts } from './wiring.ts';

/** Rows as a producer would send them. */
export interface Sample {
  /** What it is called here. */
  readonly name: string;
  readonly text: string;
  /** Attributes of its message, such as database, table and format. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Bad rows that are told one by one. */
const mostTold = 10;

/**
 * Reads a sample as the message that the ingest function would get, and says which of its rows and keys the tables take. Nothing is
 * loaded, kept aside, or changed.
 */
export async function checkSample(sample: Sample, parts: Parts, deadlineMs: number): Promise<readonly Finding[]> {
  const keys: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  const telemetry = {
    event: (_: string, message: string, fields: Readonly<Record<string, unknown>>) =>
      void keys.push({ message, fields }),
    count: () => undefined,
  };
  const { growth: _, ...reading } = wireIngest({ ...parts, telemetry })(deadlineMs);
  const arrived = await readMessages([recordOf(sample)], reading, deadlineMs);
  const refused = arrived.find((each) => !each.ok);
  if (refused && !refused.ok) {
    const { code, detail = '' } = refused.rejection;
    const about = { check: 'sample', subject: sample.name } as const;
    return [failure(about, `${code}: ${detail}`, failures[code].remedy)];
  }
  const isKnown = parts.options['jdbc-url'] !== undefined;
  const rows = arrived.flatMap((each) => (each.ok ? rowsOf(each.destination, each.item, isKnown) : []));
  return [...rows, ...keys.flatMap(({ message, fields }) => keysOf(message, fields))];
}

/** @in  isKnown: the table was asked what it takes */
function rowsOf(
  { database, table }: TableId,
  { rows, badRows = [] }: Pick<Chunk, 'rows' | 'badRows'>,
  isKnown: boolean,
): readonly Finding[] {
  const about = { check: 'sample', subject: `${database}.${table}` } as const;
  const told = badRows
    .slice(0, mostTold)
    .map(({ code, reason }) => failure(about, `${code}: ${reason}`, failures[code].remedy));
  const more = badRows.length - told.length;
  const good = isKnown ? 'rows fit.' : 'rows can be read; with jdbc-url it is known whether they fit.';
  return [
    ...(rows > 0 ? [ok(about, `${rows} ${good}`)] : []),
    ...told,
    ...(more > 0 ? [failure(about, `${more} more rows do not fit.`, 'Look at those above first.')] : []),
  ];
}

function keysOf(message: string, fields: Readonly<Record<string, unknown>>): readonly Finding[] {
  const about = { check: 'sample', subject: String(fields['table']) } as const;
  const names = Array.isArray(fields['keys']) ? fields['keys'].join(', ') : '';
  if (message === 'keys without a column')
    return [
      warning(
        about,
        `No column takes the keys ${names}, of ${fields['rows']} rows: they would be left out.`,
        'Add the columns, correct the names, or choose what becomes of such keys: sink.unknown-columns.',
      ),
    ];
  if (message !== 'keys in another case') return [];
  return [ok(about, `The keys ${names} are spelt in another case than their columns, which is taken.`)];
}

const recordOf = ({ text, attributes }: Sample): SQSRecord => ({
  ...{ messageId: 'sample', receiptHandle: '', body: text, md5OfBody: '', eventSource: 'aws:sqs' },
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: '', ApproximateFirstReceiveTimestamp: '0' },
  messageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' }]),
  ),
  ...{ eventSourceARN: 'arn:aws:sqs:local:0:sample', awsRegion: 'local' },
});
