import { readFileSync } from 'node:fs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { type AlarmSpec, alarmTable, manualLink } from '../../infra/alarm-table.ts';
import { onceOptions, synthesize } from './synthesize.ts';

const { template, sink } = synthesize({ options: onceOptions });
const alarms = Object.values(template().findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
const specs: readonly AlarmSpec[] = Object.values(alarmTable);

describe('every alarm', () => {
  it('is in the stack once, tells the topic, and says where to read on', () => {
    expect(alarms.map(({ AlarmDescription }) => AlarmDescription).sort()).toEqual(
      specs.map(({ says, heading }) => `${says} ${manualLink(heading)}`).sort(),
    );
    for (const alarm of alarms) {
      expect(alarm.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^SinkAlarmTopic/) }]);
      expect(alarm.OKActions).toEqual(alarm.AlarmActions);
      expect(alarm.TreatMissingData).toBe('notBreaching');
    }
  });

  it('looks at all functions, or both queues, that it is about', () => {
    for (const { Metrics, AlarmDescription } of alarms) {
      const queried = Metrics.filter(({ MetricStat }: { MetricStat?: unknown }) => MetricStat !== undefined);
      expect(queried.length, AlarmDescription).toBeGreaterThanOrEqual(/in-doubt/.test(AlarmDescription) ? 1 : 2);
      expect(queried.length).toBeLessThanOrEqual(9);
    }
  });

  it('has a heading in the manual, with what one sees, what it means, and what to do; no other heading stands between', () => {
    const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const sections = new Map(
      manual
        .split(/^## /m)
        .slice(1)
        .map((section): [string, string] => [section.slice(0, section.indexOf('\n')), section]),
    );
    const headings = specs.map(({ heading }) => heading);
    expect([...sections.keys()].slice(0, headings.length)).toEqual(headings);
    for (const heading of headings) {
      expect(sections.get(heading)).toMatch(/\*\*You see\*\*.*\*\*It means\*\*.*\*\*Do\*\*/s);
    }
    const anchors = [...sections.keys()].map((heading) => manualLink(heading).split('#')[1]);
    const links = [...manual.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });
});

describe('alarms', () => {
  it('ring for one dead letter, one rejected row, one undecided batch', () => {
    for (const name of ['DeadLetters', 'RowsRejected', 'Undecided'] as const) {
      const spec: AlarmSpec = alarmTable[name];
      expect(spec.above).toBe(0);
      expect(spec.periods).toBeUndefined();
    }
  });

  it('of the sweep are not there where there is none', () => {
    const plain = synthesize({});
    const descriptions = Object.values(plain.template().findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmDescription,
    );
    const ofAll = specs
      .filter(({ isOfSweep }) => !isOfSweep)
      .map(({ says, heading }) => `${says} ${manualLink(heading)}`);
    expect(descriptions.sort()).toEqual(ofAll.sort());
    expect(plain.sink.alarms.InDoubt).toBeUndefined();
  });

  it('ring when a transaction stays in doubt for a quarter of an hour, or no sweep comes to its end for as long', () => {
    for (const [name, expression] of [
      ['in-doubt-for-long', 'FILL(inDoubt_sweep, 0)'],
      ['the-sweep-fails', 'IF(FILL(runs, 0) - FILL(failed, 0) > 0, 0, 1)'],
    ]) {
      const alarm = alarms.find(({ AlarmDescription }) => AlarmDescription.endsWith(`#${name}`));
      expect(alarm).toMatchObject({ Threshold: 0, DatapointsToAlarm: 3, EvaluationPeriods: 3 });
      expect(alarm?.Metrics).toContainEqual(expect.objectContaining({ Expression: expression }));
    }
  });

  it('hear of an undecided batch from the sweep, too', () => {
    const undecided = alarms.find(({ AlarmDescription }) => AlarmDescription.endsWith('#undecided-batches'));
    expect(undecided?.Metrics).toContainEqual(
      expect.objectContaining({
        Expression: 'FILL(undecided_ingest, 0) + FILL(undecided_load, 0) + FILL(undecided_sweep, 0)',
      }),
    );
  });

  it('know what late is from the interval', () => {
    const late = alarms.find(({ AlarmDescription }) => AlarmDescription.endsWith('#rows-are-late'));
    expect(late?.Threshold).toBe(3 * (300 + 120));
  });

  it('compare each function with its own timeout', () => {
    const near = alarms.find(({ AlarmDescription }) => AlarmDescription.endsWith('#functions-run-into-their-timeout'));
    expect(near?.Metrics).toContainEqual(
      expect.objectContaining({ Expression: 'MAX([FILL(duration_ingest, 0) / 1200, FILL(duration_load, 0) / 9000])' }),
    );
  });

  it('reach a topic of their own, to which CloudWatch may publish', () => {
    const [policy] = Object.values(template().findResources('AWS::SNS::TopicPolicy'));
    expect(policy?.['Properties'].PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
      }),
    );
  });

  it('reach a given topic instead', () => {
    const given = synthesize((stack) => ({ alarmTopic: new Topic(stack, 'Pager') })).template();
    given.resourceCountIs('AWS::SNS::Topic', 1);
    expect(JSON.stringify(given.findResources('AWS::CloudWatch::Alarm'))).toContain('"Ref":"Pager');
  });
});

describe('the dashboard', () => {
  it('asks in its first row whether it works, how late it is, and what is wrong', () => {
    const [dashboard] = Object.values(template().findResources('AWS::CloudWatch::Dashboard'));
    const parts: unknown[] = dashboard?.['Properties'].DashboardBody['Fn::Join'][1];
    const body = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'known-when-deployed')).join(''));
    const widgets: { type: string; y: number; properties: { title: string; alarms?: unknown[] } }[] = body.widgets;
    const first = widgets.filter(({ y }) => y === 0);
    expect(first.map(({ properties }) => properties.title)).toEqual([
      'Is it working? (rows)',
      'How late is it? (seconds)',
      'What is wrong?',
    ]);
    expect(first[2]?.properties.alarms).toHaveLength(specs.length);
    expect(widgets.length).toBeGreaterThan(8);
  });
});

describe('metrics', () => {
  it('can be asked of the construct, over the period that is wanted', () => {
    const { sink: other, stack } = synthesize({});
    expect(stack.resolve(other.metricRowsLoaded().toMetricConfig().mathExpression?.expression)).toBe(
      'FILL(rowsLoaded_ingest, 0) + FILL(rowsLoaded_load, 0)',
    );
    expect(sink.metricAgeOfOldestMessage().toMetricConfig().mathExpression?.period).toBe(300);
  });
});
