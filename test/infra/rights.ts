import type { Template } from 'aws-cdk-lib/assertions';
import { actionsOf, statementsOf } from './synthesize.ts';

/** What a role may do, as `action place`; places are shortened to what is behind the bucket, or the queue's name. */
export function rightsOf(template: Template, role: string): readonly string[] {
  return statementsOf(template, role)
    .flatMap((statement) =>
      [statement.Resource]
        .flat()
        .flatMap((resource) => actionsOf(statement).map((action) => `${action} ${placeOf(resource)}`)),
    )
    .filter((right) => !/^(logs|xray):/.test(right))
    .sort();
}

function placeOf(resource: unknown): string {
  const text = JSON.stringify(resource);
  const objects = /"\/([-a-z]+\/\*)"/.exec(text)?.[1] ?? /:s3:::([-a-z]+\/\*)/.exec(text)?.[1];
  return objects ?? /Sink(Rows|Load)(DeadLetters)?|SinkBucket|secret:[^"]+/.exec(text)?.[0] ?? text;
}
