import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { StarRocksSink } from '../../infra/starrocks-sink.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { leastOptions, stubCode, synthesize } from './synthesize.ts';

describe('the secret', () => {
  it.each([
    ['a name', 'prod/starrocks', 'secret:prod/starrocks-??????'],
    ['an ARN', 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:sr-AbCdEf', 'secret:sr-AbCdEf'],
    [
      'an ARN without its last characters',
      'arn:aws:secretsmanager:eu-west-1:111111111111:secret:sr',
      'secret:sr-??????',
    ],
  ])('is referred to by %s; its value is nowhere', (_, id, resource) => {
    const template = synthesize({ options: { ...leastOptions, 'sink.secret-id': id } }).template();
    const text = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(text).toContain(`${resource}"`);
    expect(JSON.stringify(template.toJSON())).not.toContain('resolve:secretsmanager');
  });

  it('may be a construct', () => {
    const { 'sink.secret-id': _, ...options } = leastOptions;
    const template = synthesize((stack) => ({ options, secret: new Secret(stack, 'Own') as ISecret })).template();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ STARROCKS_SINK_SECRET_ID: { Ref: Match.stringLikeRegexp('^Own') } }),
      },
    });
  });
});

describe('the construct', () => {
  it('refuses what cannot be deployed, every problem on its own line, before anything is made', () => {
    const make = () =>
      new StarRocksSink(new Stack(new App(), 'Test'), 'Sink', {
        options: { 'load-url': 'fe', 'sink.max-retries': 11 },
        ingest: stubCode,
      });
    expect(make).toThrow(SinkError);
    expect(make).toThrow(
      /\n {2}- sink\.secret-id .*\n {2}- load-url: .*\n {2}- sink\.max-retries: .*\n {2}- no table/s,
    );
  });

  it('stands beside another one in the same stack', () => {
    const { stack, template } = synthesize({}, (_, scope) => {
      new StarRocksSink(scope, 'Other', { options: leastOptions, ingest: stubCode, load: stubCode });
    });
    expect(stack.node.children).toHaveLength(2);
    const names = Object.values(template().findResources('AWS::SQS::Queue')).map(
      ({ Properties }) => Properties.QueueName,
    );
    expect(new Set(names.filter((name) => name !== undefined)).size).toBe(4);
  });

  it('is made of code that is given as well', () => {
    const code = Code.fromInline('/* mine */');
    const template = synthesize({ ingest: { code } }).template();
    template.hasResourceProperties('AWS::Lambda::Function', { Code: { ZipFile: '/* mine */' } });
  });
});
