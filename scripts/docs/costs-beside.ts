import { billAt, fixedShare, lowestOf, ownBill, packingsIn, rates, rivals, shareOf } from '../../bench/bill-beside.ts';
import { readReport } from '../../bench/report.ts';
import { otherAssumptions, otherPrices } from '../../infra/other-costs.ts';
import { table } from './markdown.ts';

const dollars = (amount: number) => (amount < 0.005 ? '0' : amount.toFixed(2));

/** 100 GB of rows, beside others: the part of docs/costs.md that is made of measured figures. */
export function besideSection(): string {
  const { taken = '', busy = 0 } = readReport('bench').parts['bill'] ?? {};
  const packings = packingsIn();
  const bills = rates.flatMap((rate) => packings.map((packing) => ({ rate, packing, bill: billAt(rate, packing) })));
  const zstd = packings.find(({ kind }) => kind === 'packed JSON, zstd');
  return `## 100 GB of rows, beside others

Exactly once, rows of 200 bytes, from what \`npm run bench\` measured on ${taken} (others took up to ${Math.round(busy * 100)} % of the machine): the requests of a
gigabyte, each 64 KiB to and from SQS being one, and the milliseconds of both functions, at 1 GB of memory.

${table(
  [
    'how it is sent',
    'SQS',
    'S3 requests',
    'Lambda',
    'kept in S3',
    'sum',
    ...rates.map((rate) => `what stands still, at ${rate} MB/s`),
  ],
  packings.map(({ kind, name }) => {
    const { sqs, s3, lambda, storage, total } = ownBill(kind);
    return [name, ...[sqs, s3, lambda, storage, total, ...rates.map(fixedShare)].map(dollars)];
  }),
)}

Of one row a message nearly all is SQS: ten rows share a request to send, to receive and to delete, and 100 GB are 500 million such rows. Nothing in the sink makes that
less; the producer does: packed by its library they are less than a thirtieth. Who cannot use it puts many rows into a message, a line each.

Beside that, for the time in which 100 GB come:

${table(
  ['MB of rows a second', 'how it is sent', ...rivals],
  bills.map(({ rate, packing, bill }) => [String(rate), packing.name, ...rivals.map((name) => dollars(bill[name]))]),
)}

![US dollars for 100 GB of rows, by how fast they come](images/costs.svg)

${packings.map(({ name }) => sentence(name, bills)).join(' ')} The clusters are counted only for the time in which rows come at that rate.

- **Firehose** has no destination for StarRocks. Counted is the way to S3, from where a pipe of StarRocks loads; objects are kept for
  ${otherAssumptions.firehoseDays} day, and StarRocks' work is not counted. It bills $${otherPrices.firehoseGB} for each GB, and each record in steps of 5 KB. It delivers at least once.
- **MSK Connect** and **Flink** read from ${otherAssumptions.brokers} brokers kafka.m7g.large ($${otherPrices.brokerHour} an hour each; twice their size from ${otherAssumptions.largeFromMBPerSecond} MB/s), which keep ${otherAssumptions.keptHours} hours
  of rows in ${otherAssumptions.copies} copies. They run whether rows come or not; a cluster that is there anyway makes their column smaller.
- **Units of them** ($${otherPrices.mcuHour} and $${otherPrices.kpuHour} an hour for 1 vCPU, for Flink one more and 50 GB of storage each) are as many as the measured CPU time
  asks for, reading from Kafka not counted: \`stream-load-sdk\`, and the share of the connector in its job ([performance](performance.md#beside-others)).
${zstd ? compressed(shareOf(zstd.kind)) : ''}- Neither traffic between zones, nor a NAT gateway, nor work of people is counted, on any side.

Prices: https://aws.amazon.com/firehose/pricing/, https://aws.amazon.com/msk/pricing/,
https://docs.aws.amazon.com/managed-flink/latest/java/how-pricing.html, us-east-1, on 2026-11-28. The page about Flink was read in a stored
copy; those of Firehose and MSK were taken from others who quote them. \`infra/other-costs.ts\` holds them.`;
}

/** Says who is the lowest for rows that are sent so, also where it is not this sink. */
function sentence(
  name: string,
  bills: readonly {
    readonly rate: number;
    readonly packing: { readonly name: string };
    readonly bill: ReturnType<typeof billAt>;
  }[],
): string {
  const told = bills.flatMap(({ rate, packing, bill }) =>
    packing.name === name ? `at ${rate} MB/s ${lowestOf(bill)}` : [],
  );
  return `Lowest, ${name}: ${told.join(', ')}.`;
}

const compressed = (share: number) =>
  `- **Producers of the others compress, too**: where it says zstd, a byte of rows is ${share.toFixed(2)} for Firehose and for the brokers, which take it as it is; in SQS it is base64, a
  third more. Brokers are the smaller ones, then, up to that much more rows a second, and inflating is not counted for the others. For this sink it is.
`;
