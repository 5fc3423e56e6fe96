import type { Clock } from '../../src/kit/clock.ts';
import type { AwsConfig } from '../../src/lambda/runtime.ts';

/** What the command touches: the process, or a stand-in in tests. */
export interface RedriveSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  /** Told when something stays that should have been moved. */
  readonly notWell?: () => void;
  /** Given by tests; on AWS the SDK finds its own. */
  readonly aws?: AwsConfig;
  /** Given by tests, so that nobody waits for a rate. */
  readonly clock?: Clock;
}
