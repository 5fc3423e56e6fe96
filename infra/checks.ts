import { parseOptions, type RawOptions, requireOptions } from '../src/options/parse.ts';
import { parseRoutes } from '../src/options/parse-routes.ts';
import type { Route } from '../src/options/route.ts';
import { usesExactlyOnce } from '../src/options/route-options.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import type { SinkOptions } from '../src/options/table.ts';
import { awsLimits, deadLetterDays } from './limits.ts';
import { advisedVisibilityS, planSink, type SinkPlan, type SinkRequest, type StagePlan } from './plan.ts';

export type Checked =
  | {
      readonly ok: true;
      readonly plan: SinkPlan;
      readonly options: SinkOptions;
      readonly routes: readonly Route[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

interface Facts {
  readonly request: SinkRequest;
  readonly options: SinkOptions;
  readonly plan: SinkPlan;
  readonly isExactlyOnce: boolean;
}

type Rule = (facts: Facts) => string | false;

const interval = 'sink.buffer-flush.interval-ms';
/** Room for the variables that the construct adds: names of bucket, queue, secret and envelopes. */
const bytesOfOwnVariables = 800;

const isGiven = (options: RawOptions, name: string) => options[name] !== undefined && options[name] !== null;

/** Names that the construct fills in; given by hand they would name something that it neither made nor may use. */
const madeHere = { 'sink.bucket': 'made-by-the-construct', 'sink.load-queue-url': 'https://made-by-the-construct' };

const stagesOf = ({ plan }: Facts): readonly (readonly [name: string, stage: StagePlan])[] => [
  ['ingest', plan.ingest],
  ['load', plan.load],
];

/** What may not be asked for at all. */
const givenRules: readonly ((request: SinkRequest) => string | false)[] = [
  ({ options }) =>
    isGiven(options, 'password') &&
    'password may not stand in a deployment: it would be readable in the template. Put it into a Secrets Manager secret, {"username": "…", "password": "…"}, and name that in sink.secret-id.',
  ({ options, hasSecret }) =>
    !hasSecret &&
    !isGiven(options, 'sink.secret-id') &&
    'sink.secret-id is required: the name or ARN of a Secrets Manager secret with {"username": "…", "password": "…"}.',
  ({ options, hasSecret }) =>
    hasSecret &&
    isGiven(options, 'sink.secret-id') &&
    'sink.secret-id and the property secret are both given; one is enough.',
  ({ options }) =>
    isGiven(options, 'sink.routes') && 'sink.routes is filled in by the construct: give the list itself, as routes.',
  ...Object.keys(madeHere).map(
    (name) =>
      ({ options }: SinkRequest) =>
        isGiven(options, name) && `${name} is filled in by the construct: leave it out.`,
  ),
  ({ options }) =>
    isGiven(options, 'sink.tls.ca') &&
    !/^-----BEGIN/.test(String(options['sink.tls.ca'])) &&
    'sink.tls.ca is neither PEM text nor a file that can be read here.',
  ({ options }) => {
    const bytes = Object.entries(variablesFromOptions(options)).join('').length + bytesOfOwnVariables;
    return (
      bytes > awsLimits.environmentBytes &&
      `the options take ${bytes} bytes as environment variables, Lambda allows ${awsLimits.environmentBytes}. The longest is often sink.tls.ca: name a file with fewer certificates.`
    );
  },
];

/** What cannot be deployed, or would lose rows. */
const rules: readonly Rule[] = [
  ({ options, plan, isExactlyOnce }) =>
    isExactlyOnce &&
    keptDays(plan) > options['sink.ledger.retention-days'] &&
    `sink.ledger.retention-days is ${options['sink.ledger.retention-days']}, but a message may live ${keptDays(plan)} days: queueRetention and ${deadLetterDays} days of dead letters. A chunk that comes again later would be loaded twice.`,
  ({ plan }) =>
    plan.retentionDays.segments < keptDays(plan) &&
    `segmentRetention is ${plan.retentionDays.segments} days, but a pointer may live ${keptDays(plan)} days: queueRetention and ${deadLetterDays} days of dead letters. Its segment would be gone before it.`,
  ({ plan }) =>
    !within(plan.queueRetentionDays, 1, awsLimits.queueRetentionDays) &&
    `queueRetention is ${plan.queueRetentionDays} days, SQS allows 1 to ${awsLimits.queueRetentionDays}.`,
  ({ plan }) =>
    plan.retentionDays.rejected < 1 && `rejectedRetention is ${plan.retentionDays.rejected} days, expected at least 1.`,
  ({ request, options }) =>
    request.fifo &&
    isGiven(request.options, interval) &&
    `${interval} is ${options[interval]}, but the event source of a FIFO queue has no window: leave it out, or use a standard queue.`,
];

const stageRules: readonly ((name: string, stage: StagePlan, options: SinkOptions) => string | false)[] = [
  (name, { visibilityS, timeoutS }) =>
    visibilityS < timeoutS &&
    `${name}.visibilityTimeout is ${visibilityS} s, less than its timeout of ${timeoutS} s: rows would be delivered again while they are being loaded.`,
  (name, { visibilityS }) =>
    visibilityS > awsLimits.visibilityS &&
    `${name}.visibilityTimeout is ${visibilityS} s, SQS allows ${awsLimits.visibilityS} s.`,
  (name, { timeoutS }) =>
    !within(timeoutS, 1, awsLimits.functionTimeoutS) &&
    `${name}.timeout is ${timeoutS} s, Lambda allows 1 to ${awsLimits.functionTimeoutS} s.`,
  (name, { timeoutS }, options) =>
    timeoutS * 1000 <= 2 * options['sink.deadline-reserve-ms'] &&
    `${name}.timeout is ${timeoutS} s, and sink.deadline-reserve-ms keeps ${options['sink.deadline-reserve-ms']} ms of it: no time is left to load. Expected more than twice the reserve.`,
  (name, { maxConcurrency }) =>
    !within(maxConcurrency, awsLimits.concurrency.min, awsLimits.concurrency.max) &&
    `${name}.maxConcurrency is ${maxConcurrency}, expected ${awsLimits.concurrency.min} to ${awsLimits.concurrency.max}.`,
  (name, { memoryMiB }) =>
    !within(memoryMiB, awsLimits.memoryMiB.min, awsLimits.memoryMiB.max) &&
    `${name}.memory is ${memoryMiB} MiB, expected ${awsLimits.memoryMiB.min} to ${awsLimits.memoryMiB.max}.`,
];

/**
 * Checks everything that is known before a deployment: options, timeouts, lifetimes, and whether they go together.
 *
 * @out     a plan with warnings; or every problem at once, one sentence each
 * @throws  never
 */
export function checkSink(request: SinkRequest): Checked {
  const { password: _, ...options } = request.options;
  const known = {
    ...options,
    ...(hasRoutes(request) ? { 'sink.routes': routesFile } : {}),
    ...(isGiven(options, 'sink.secret-id') ? {} : { 'sink.secret-id': 'given' }),
    ...madeHere,
  };
  const parsed = parseOptions(withoutTokens(known));
  const usable = parsed.ok ? parsed.options : usableOptions(known);
  const routes = parseRoutes(request.routes, parsed.ok ? parsed.options : usable);
  const isExactlyOnce = usesExactlyOnce(usable, routes.ok ? routes.routes : []);
  const facts: Facts = { request, options: usable, isExactlyOnce, plan: planSink(request, usable, isExactlyOnce) };
  const found = [
    ...givenRules.map((rule) => rule(request)),
    ...(parsed.ok ? [] : parsed.problems),
    ...(routes.ok ? [] : routes.problems),
    ...rules.map((rule) => rule(facts)),
    ...stagesOf(facts).flatMap(([name, stage]) => stageRules.map((rule) => rule(name, stage, usable))),
  ];
  const problems = found.filter((problem) => problem !== false);
  if (!parsed.ok || !routes.ok || problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    plan: facts.plan,
    options: parsed.options,
    routes: routes.routes,
    warnings: [...parsed.notices, ...visibilityAdvice(facts)],
  };
}

function visibilityAdvice(facts: Facts): readonly string[] {
  return stagesOf(facts)
    .map(([name, stage]) => ({ name, stage, advisedS: advisedVisibilityS(stage.timeoutS, stage.windowS) }))
    .filter(({ stage, advisedS }) => stage.visibilityS < advisedS)
    .map(
      ({ name, stage, advisedS }) =>
        `${name}.visibilityTimeout is ${stage.visibilityS} s; ${advisedS} s is advised, six times the timeout and the window, so that throttled batches are not delivered twice.`,
    );
}

/** The options that a plan is made of, as far as each is right by itself: so that a wrong option hides no other problem. */
function usableOptions(options: RawOptions): SinkOptions {
  const least: RawOptions = {
    ...madeHere,
    'load-url': 'fe:8030',
    username: '',
    'sink.secret-id': 'given',
    'sink.tables.allow': '*',
  };
  const usable = ([interval, 'sink.semantic', 'sink.ledger.retention-days', 'sink.deadline-reserve-ms'] as const)
    .map((name) => ({ [name]: options[name] }))
    .filter((option) => parseOptions({ ...least, ...option }).ok);
  return requireOptions(Object.assign({ ...least }, ...usable));
}

/** Addresses that only the deployment knows are taken on trust; what stands around them is checked. */
function withoutTokens(options: RawOptions): RawOptions {
  const entries = Object.entries(options).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'string' ? value.replace(/\$\{Token\[[^\]]*\]\}/g, 'known-when-deployed') : value,
  ]);
  return Object.fromEntries(entries);
}

/** Where a function finds its routes: layers are laid out under /opt. @source Lambda developer guide, "Packaging your layer content" */
export const routesFile = '/opt/routes.json';

const hasRoutes = ({ routes }: SinkRequest) => Array.isArray(routes) && routes.length > 0;

const within = (value: number, min: number, max: number) => value >= min && value <= max;

/** Days that a message lives at most, dead letters included. */
const keptDays = (plan: SinkPlan) => plan.queueRetentionDays + deadLetterDays;
