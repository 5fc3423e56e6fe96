import { moments, same, type TypedValues } from './follow-value-kinds.ts';

export const timeValues: readonly TypedValues[] = [
  { type: 'year', values: same('1901', '2155', '0', '2000').map(([a, b]) => [a === '0' ? "'0000'" : a, b] as const) },
  { type: 'date', values: moments('9999-12-31', '1000-01-01', '0000-00-00', '2020-00-15') },
  { type: 'time', values: moments('-838:59:59', '838:59:59', '00:00:00', '-00:00:01', '-23:00:00') },
  { type: 'time(1)', values: moments('-00:00:00.1', '12:34:56.7') },
  { type: 'time(3)', values: moments('-00:00:00.001', '-12:34:56.780', '01:02:03.000') },
  { type: 'time(6)', values: moments('-838:59:59.000000', '-00:00:00.000001', '12:00:00.123456', '-12:00:00.500000') },
  {
    type: 'datetime',
    values: moments('2026-02-28 23:59:59', '0000-00-00 00:00:00', '9999-12-31 23:59:59', '0001-01-01 00:00:00'),
  },
  { type: 'datetime(1)', values: moments('2026-02-28 23:59:59.1') },
  { type: 'datetime(3)', values: moments('2026-02-28 23:59:59.120', '1000-01-01 00:00:00.001') },
  { type: 'datetime(6)', values: moments('2026-02-28 23:59:59.123456', '0000-00-00 00:00:00.000000') },
  {
    type: 'timestamp null',
    values: moments('2026-02-28 23:59:59', '1970-01-01 00:00:01', '0000-00-00 00:00:00', '2038-01-19 03:14:07'),
  },
  { type: 'timestamp(5) null', values: moments('2026-02-28 23:59:59.12345') },
  { type: 'timestamp(6) null', values: moments('2026-02-28 23:59:59.000001', '0000-00-00 00:00:00.000000') },
];
