import { Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** Tells cdk-nag, of the findings with these ids below the scope, why they are right as they are. */
export function acknowledge(scope: IConstruct, reason: string, ...ids: readonly string[]): void {
  Validations.of(scope).acknowledge(...ids.map((id) => ({ id, reason })));
}

/** The id of the finding that a statement names all objects below a prefix. */
export const objectsFinding = (bucket: IConstruct & Pick<IBucket, 'arnForObjects'>, keys: string): string =>
  `AwsSolutions-IAM5[Resource::${flatten(Stack.of(bucket).resolve(bucket.arnForObjects(keys)))}]`;

/** References as cdk-nag writes them. */
function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[kind, content] = ['', '']] = Object.entries(value);
  switch (kind) {
    case 'Fn::Join':
      return (content as [string, unknown[]])[1].map(flatten).join((content as [string, unknown[]])[0]);
    case 'Fn::GetAtt':
      return `<${(content as string[]).join('.')}>`;
    default:
      return `<${content}>`;
  }
}
