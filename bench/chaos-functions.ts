/** Both functions behind their event sources, in a process that may be killed at any moment. argv: ChaosFunctions as JSON. */
import { type FunctionsOptions, startFunctions } from '../local/functions.ts';
import { cloudWatch } from '../src/lambda/observer.ts';

export type ChaosFunctions = Omit<FunctionsOptions, 'telemetry' | 'onResult'>;

const setup = JSON.parse(process.argv[2] ?? '') as ChaosFunctions;
await startFunctions({ ...setup, telemetry: (name) => cloudWatch(name).telemetry });
process.send?.('started');
// The parent has gone.
process.once('disconnect', () => process.exit());
