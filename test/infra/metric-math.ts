import type { Template } from 'aws-cdk-lib/assertions';

/** What each function of a sink counted: `ingest RowsLoaded` → how many. */
export type Counted = ReadonlyMap<string, number>;

interface Series {
  readonly id: string;
  readonly metricName: string;
  readonly service: string;
}

interface Shown {
  readonly expression: string;
  readonly of: readonly Series[];
}

/** What a CloudWatch expression comes to in one period. What nobody counted in it is missing, as it is in CloudWatch. */
function evaluate({ expression, of }: Shown, counted: Counted): unknown {
  const functions = {
    FILL: (value: number | undefined, otherwise: number) => value ?? otherwise,
    MAX: (values: readonly number[]) => Math.max(...values),
    IF: (condition: boolean, yes: number, no: number) => (condition ? yes : no),
    TIME_SERIES: (value: number) => value,
  };
  const values = of.map(({ service, metricName }) => counted.get(`${functionNamed(service)} ${metricName}`));
  const names = [...Object.keys(functions), ...of.map(({ id }) => id)];
  return new Function(...names, `return ${expression}`)(...Object.values(functions), ...values);
}

/** A function's logical id begins with the sink's and its own. */
function functionNamed(logicalId: string): string {
  const [, name] = /^Sink(Ingest|Load|Sweep)/.exec(logicalId) ?? [];
  if (name === undefined) throw new Error(`${logicalId} is no function of the sink.`);
  return name.toLowerCase();
}

/** Of every graph of the dashboard the numbers that it shows, by its title, then by their label. */
export function shownBy(template: Template, counted: Counted): Record<string, Record<string, unknown>> {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body: string = dashboard?.['Properties'].DashboardBody['Fn::Join'][1].map(nameOf).join('');
  const { widgets } = JSON.parse(body) as { widgets: { properties: { title: string; metrics?: unknown[][] } }[] };
  return Object.fromEntries(
    widgets.flatMap(({ properties: { title, metrics = [] } }) => {
      const of = metrics.flatMap((each): Series[] => {
        const [namespace, metricName, , service] = each as string[];
        const { id = '' } = each.at(-1) as { id?: string };
        return namespace === 'StarRocksSink' ? [{ id, metricName: `${metricName}`, service: `${service}` }] : [];
      });
      if (of.length === 0) return [];
      const numbers = metrics.flatMap((each) => {
        const { expression, label = '' } = each[0] as { expression?: string; label?: string };
        if (expression === undefined) return [];
        const used = of.filter(({ id }) => expression.includes(id));
        return used.length === 0 ? [] : [[label, evaluate({ expression, of: used }, counted)] as const];
      });
      return [[title, Object.fromEntries(numbers)] as const];
    }),
  );
}

/** Of every alarm over what the functions count the number that it compares, by the words of its mail. */
export function comparedBy(template: Template, counted: Counted): Record<string, unknown> {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  return Object.fromEntries(
    alarms.flatMap(({ AlarmDescription, Metrics }) => {
      const of = Metrics.flatMap(({ Id, MetricStat }: { Id: string; MetricStat?: { Metric: MetricOfTemplate } }) =>
        MetricStat?.Metric.Namespace === 'StarRocksSink'
          ? [
              {
                id: Id,
                metricName: MetricStat.Metric.MetricName,
                service: nameOf(MetricStat.Metric.Dimensions[0]?.Value),
              },
            ]
          : [],
      );
      const expression = Metrics.find((each: { Expression?: string }) => each.Expression !== undefined)?.Expression;
      return of.length === 0
        ? []
        : [[AlarmDescription.split(' http')[0], evaluate({ expression, of }, counted)] as const];
    }),
  );
}

interface MetricOfTemplate {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Value: unknown }[];
}

const nameOf = (value: unknown): string =>
  typeof value === 'string' ? value : String(Object.values(value as object).flat()[0]);
