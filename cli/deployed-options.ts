import { readConfigFile } from '../infra/config-file.ts';
import { splitSettings } from '../infra/deployment-table.ts';
import { functionOptions } from '../infra/function-options.ts';
import type { RawOptions } from '../src/options/parse.ts';
import { optionsFromVariables } from '../src/options/sources.ts';

/**
 * A sink's options as its functions have them: those of the file that was deployed, or those of the environment.
 *
 * @out    routes: what the file says of them; `sink.routes` tells that there are some
 * @throws SinkError OPTIONS_INVALID: the file cannot be read as options
 */
export function deployedOptions(
  config: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): { readonly options: RawOptions; readonly routes: unknown } {
  const { options, routes = undefined } =
    config === undefined ? { options: optionsFromVariables(env) } : splitSettings(readConfigFile(config));
  return {
    options: { ...(routes === undefined ? {} : { 'sink.routes': 'given' }), ...functionOptions(options) },
    routes,
  };
}
