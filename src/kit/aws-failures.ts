/** What AWS may refuse, or not answer: a part of the failures of errors.ts. */
export const awsFailures = {
  BUCKET_MISSING: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'There is no such bucket.',
    remedy: 'Correct sink.bucket, or make the bucket; the rows wait in the queue.',
  },
  BUCKET_UNREACHABLE: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'S3 did not take the rows.',
    remedy:
      'Nothing while S3 is disturbed: the rows wait in the queue. In a VPC look that there is a way to S3: a gateway endpoint, or NAT.',
  },
  QUEUE_MISSING: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'There is no such queue.',
    remedy: 'Correct sink.load-queue-url, or make the queue; the rows wait.',
  },
  QUEUE_UNREACHABLE: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'SQS gave no answer.',
    remedy:
      'Nothing while SQS is disturbed: the rows wait. In a VPC look that there is a way to SQS: an interface endpoint, or NAT.',
  },
  AWS_ACCESS_DENIED: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'AWS does not let the role of this function do what it needs.',
    remedy:
      'Allow the action that is named here in the role, and look at the policies of the bucket, the queue and their KMS key; the rows wait in the queue.',
  },
  AWS_REFUSED: {
    verdict: 'retry',
    scope: 'batch',
    says: 'AWS refuses a request, and would refuse it again.',
    remedy: "Read AWS' own words here: mostly a name or a size is beyond what the service takes.",
  },
  SECRET_UNREADABLE: {
    verdict: 'retry',
    scope: 'invocation',
    says: 'User name and password cannot be read from Secrets Manager.',
    remedy: 'Do what is said here; until then nothing is loaded, and the rows wait in the queue.',
  },
} as const;
