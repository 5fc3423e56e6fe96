/** Whether the load queue can be reached, and taken by; SQS tells the time on the way. */
import { SinkError } from '../kit/errors.ts';
import { clockFinding } from './clock.ts';
import { type Finding, failure, ok } from './finding.ts';

export interface QueueDeps {
  readonly queueUrl: string;
  /** Asks whether pointers may be sent; undefined: whoever asks sends none. @throws SinkError AWS_ACCESS_DENIED and others */
  readonly askToSend: (() => Promise<void>) | undefined;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** @source AWS Signature Version 4: a request may be five minutes old */
const mostSkewS = 300;

export async function checkQueue({ queueUrl, askToSend, timeoutMs, now }: QueueDeps): Promise<readonly Finding[]> {
  const about = { check: 'queue', subject: queueUrl } as const;
  const beforeMs = now();
  let date: string | null;
  try {
    const answer = await fetch(new URL(queueUrl).origin, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    });
    date = answer.headers.get('date');
    await answer.body?.cancel();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return [
      failure(
        about,
        `SQS gives no answer (${cause instanceof Error ? cause.message || cause.name : String(cause)}).`,
        'In a VPC give it a way to SQS: an interface endpoint for sqs with private DNS, or NAT.',
      ),
    ];
  }
  const thereMs = Date.parse(date ?? '');
  const skewS = Math.round((thereMs - (beforeMs + now()) / 2) / 1000);
  const clock = Number.isFinite(skewS) ? [clockFinding('AWS', skewS, mostSkewS)] : [];
  if (askToSend === undefined) return [ok(about, 'It answers.'), ...clock];
  try {
    await askToSend();
    return [ok(about, 'It answers, and pointers may be sent to it.'), ...clock];
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    const remedy = 'Allow sqs:SendMessage on it in the role, and look at the policies of the queue and its key.';
    return [failure(about, error.detail, remedy), ...clock];
  }
}
