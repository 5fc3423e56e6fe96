/** SQS and S3 in a process of their own, so that the bench's CPU time is the sink's alone. Answers each message with what was asked so far. */
import { createLocalResources } from '../local/aws/queues.ts';
import { startAws } from '../local/aws/server.ts';
import type { AwsAddresses, Requests } from './local-aws.ts';

const aws = await startAws();
// Longer than any measurement: no pointer comes twice.
const resources = await createLocalResources(aws.endpoint, { visibilityTimeoutSeconds: 3600 });
process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.(Object.fromEntries(aws.requests) satisfies Requests));
process.send?.({ clientConfig: aws.clientConfig, resources } satisfies AwsAddresses);
