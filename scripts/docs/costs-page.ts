import { assumptions, costOf, type Fixed, networkCosts, sourceCosts, type Traffic } from '../../infra/costs.ts';
import { defaults } from '../../infra/plan.ts';
import { usualFixedCosts } from '../../infra/usual-costs.ts';
import { sourceTable } from '../../src/options/source-settings.ts';
import { besideSection } from './costs-beside.ts';
import { table } from './markdown.ts';

const packings: readonly (readonly [string, Pick<Traffic, 'packing' | 'compression'>])[] = [
  ['one row per message, sent one by one', { packing: 'single', compression: 1 }],
  ['one row per message, ten per request', { packing: 'batched', compression: 1 }],
  ['packed by the producer library', { packing: 'packed', compression: 1 }],
  ['packed and gzip', { packing: 'packed', compression: 0.33 }],
];

const million = 1e6;

function trafficRows(bytesPerRow: number): readonly (readonly string[])[] {
  return packings.map(([name, packing]) => {
    const traffic = { rows: million, bytesPerRow, ...packing };
    const plain = costOf({ ...traffic, semantic: 'at-least-once' });
    const once = costOf({ ...traffic, semantic: 'exactly-once' });
    const perGB = plain.total / ((million * bytesPerRow) / 1e9);
    const amounts = [plain.sqs, plain.lambda, plain.s3, plain.total, once.total, perGB];
    return [`${bytesPerRow.toLocaleString('en-US')} B`, name, ...amounts.map(dollars)];
  });
}

const dollars = (amount: number) => (amount === 0 ? '0' : String(Number(amount.toPrecision(2))));

/** docs/costs.md, from the cost formula. */
export function renderCostsPage(): string {
  const fixed = usualFixedCosts();
  const monthly = (rows: readonly Fixed[]) => rows.map(({ what, perMonth }) => [what, perMonth.toFixed(2)]);
  return `# Costs

US dollars, us-east-1, without free tiers, computed by \`infra/costs.ts\`; prices were read in November 2026. StarRocks is not part of it.

## Per million rows

${table(
  ['row', 'how it is sent', 'SQS', 'Lambda', 'S3', 'sum', 'sum, exactly-once', 'sum per GB of rows'],
  [...trafficRows(200), ...trafficRows(1000)],
)}

Packing is worth more than anything else: SQS bills requests, and Lambda is handed 6 MB at a time, of which about 1 KB per message is
envelope. Batches above ${assumptions.stageAboveBytes / 1024 ** 2} MiB go through S3. The load function marks what it loaded, and the bucket keeps that for ${defaults.loadedSegmentDays} days more:
counted are ${assumptions.segmentDays} days. What nobody loads is kept as long as a pointer can live
(\`deploy.segment-retention-days\`).

**Compressing** at the producer (\`compression: 'zstd'\`, or \`'gzip'\`) makes all of it less: fewer requests to SQS, and events that hold more rows, so that fewer
segments, claims and invocations are asked for. It is no default: the producer's processor works for it more than twice as long as for packing alone (\`npm run bench -- --only producer\`),
Node has zstd from 22.15 on only, and whoever else reads the queue, or a dead letter by eye, finds base64. Where the bill of SQS is more than that work, set it.
Segments stay as they are unless \`sink.segment.compression\` says otherwise: it makes their days in the bucket cheaper, for time of both functions, which was not measured.

Exactly-once adds requests for each batch, not for each message: claims of messages that were sent within four seconds stand in one
object. A producer that sends chunk ids without a time in them (docs/delivery.md) has a claim for each message, $5 per million.

Assumed: ${assumptions.memoryGB} GB of memory, ${assumptions.ingestSeconds} s per ingest invocation, ${assumptions.loadBytesPerSecond / 1e6} MB/s from S3 to StarRocks, messages of ${assumptions.packedMessageBytes / 1024} KiB, loads of ${assumptions.loadBytes / 1024 ** 2} MiB,
traffic that fills events. Slow traffic makes an invocation per interval instead: at five minutes, 8,640 per month and event source, or
about $${(8640 * (2e-7 + assumptions.ingestSeconds * 1.33334e-5)).toFixed(2)}.

${besideSection()}

## Per month, when no row comes

${table(['what', 'per month'], monthly(fixed))}

Each source that is followed (\`addMySqlSource\`, [mysql.md](mysql.md)), besides its rows:

${table(['what', 'per month'], monthly(sourceCosts(sourceTable['source.flush-ms'].default)))}

In a VPC also:

${table(['what', 'per month'], monthly(networkCosts))}
`;
}
