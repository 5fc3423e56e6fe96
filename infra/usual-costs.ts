import { type CountingFunction, metricTable } from '../src/options/metric-names.ts';
import { alarmTable } from './alarm-table.ts';
import { type Fixed, fixedCosts } from './costs.ts';

/** What a sink costs per month when no row comes, with all alarms, and all metrics of its own functions. */
export const usualFixedCosts = (): readonly Fixed[] =>
  fixedCosts(
    Object.keys(alarmTable).length,
    Object.values(metricTable)
      .flatMap(({ by }): readonly CountingFunction[] => by)
      .filter((name) => name !== 'follow').length,
  );
