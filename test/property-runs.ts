import fc from 'fast-check';

/** SINK_TEST_RUNS: the share of the runs of each property that is tried, above 0; `npm run test:unit` takes a fifth. */
const share = Number(process.env['SINK_TEST_RUNS'] ?? 1);
if (!(share > 0))
  throw new Error(`SINK_TEST_RUNS is ${process.env['SINK_TEST_RUNS']}; expected is a number above 0, as 0.2 or 10.`);

/** How often a property is tried, where it is tried so often by `npm test`. */
export const runs = (whole: number): number => Math.ceil(whole * share);

// Properties that do not say how often.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: runs(100) });
