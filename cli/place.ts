import type { Command, OptionValues } from '@commander-js/extra-typings';
import { SinkError } from '../src/kit/errors.ts';
import type { AwsConfig } from '../src/lambda/runtime.ts';
import type { CountingFunction } from '../src/options/metric-names.ts';
import { awsAccess, isHere } from './aws-access.ts';
import { isWebAddress, someText, webAddress } from './command.ts';
import { stackOutputs } from './stack-outputs.ts';

/** How a person says where a sink is. */
export interface PlaceAsked {
  readonly stack?: string | undefined;
  readonly bucket?: string | undefined;
  readonly queueUrl?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Another queue of the sink. */
  readonly from?: string | undefined;
}

/** By what they do. Their metrics carry these names. */
export type FunctionNames = Readonly<Partial<Record<CountingFunction, string>>>;

/** As the local stack calls its functions. */
const localFunctions: FunctionNames = { ingest: 'ingest', load: 'load', sweep: 'sweep' };

/** Where a sink is: names as the outputs of its stack have them, or as they are given by hand. */
export interface Place {
  readonly aws: AwsConfig;
  readonly bucket: string | undefined;
  readonly rowsQueueUrl: string | undefined;
  /** Empty where no stack is named, and AWS is not on this machine. */
  readonly functions: FunctionNames;
  /** The outputs of the stack, if one is named. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The options by which a command is told where the sink is. */
export const withPlace = <A extends unknown[], O extends OptionValues, G extends OptionValues>(to: Command<A, O, G>) =>
  to
    .option('--stack <name>', 'A deployed stack: its outputs name bucket and queues', someText)
    .option('--bucket <name>', 'Bucket of the sink: output BucketName', someText)
    .option('--queue-url <url>', 'The rows queue: output RowsQueueUrl', webAddress)
    .option('--region <name>', 'AWS region; default: that of the environment', someText)
    .option('--endpoint <url>', 'Address of an AWS stand-in', webAddress);

/** @throws SinkError OPTIONS_INVALID: there is no such stack */
export async function findPlace(
  asked: PlaceAsked,
  env: Readonly<Record<string, string | undefined>>,
  given: AwsConfig = {},
): Promise<Place> {
  // A variable that is left from something else must not lead the rows of a named stack there.
  const named = asked.queueUrl ?? asked.from ?? (asked.stack === undefined ? queueUrlIn(env) : undefined);
  const aws = { ...given, ...awsAccess({ ...asked, queueUrl: named }, env) };
  const outputs = asked.stack === undefined ? {} : await stackOutputs(asked.stack, aws);
  const { BucketName, RowsQueueUrl } = outputs as Readonly<Record<string, string | undefined>>;
  return {
    ...{ aws, outputs, functions: functionsOf(asked, outputs) },
    bucket: asked.bucket ?? BucketName,
    rowsQueueUrl: asked.queueUrl ?? RowsQueueUrl ?? queueUrlIn(env),
  };
}

function functionsOf({ stack, endpoint }: PlaceAsked, outputs: Place['outputs']): FunctionNames {
  if (stack === undefined) return endpoint !== undefined && isHere(endpoint) ? localFunctions : {};
  const named = { ingest: 'IngestFunctionName', load: 'LoadFunctionName', sweep: 'SweepFunctionName' };
  return Object.fromEntries(
    Object.entries(named).flatMap(([by, output]) => (outputs[output] === undefined ? [] : [[by, outputs[output]]])),
  );
}

/** @throws SinkError OPTIONS_INVALID: what the variable holds is no address */
export function queueUrlIn(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const url = env['QUEUE_URL'] || undefined;
  if (url === undefined || isWebAddress(url)) return url;
  throw new SinkError('OPTIONS_INVALID', `The variable QUEUE_URL holds "${url}": expected the address of a queue.`);
}

/** @throws SinkError OPTIONS_INVALID */
export function required<T>(found: T | undefined, what: string, remedy: string): T {
  if (found !== undefined) return found;
  throw new SinkError('OPTIONS_INVALID', `No ${what} is named: give ${remedy}, or --stack.`);
}
