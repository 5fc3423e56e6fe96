/**
 * The configuration of the frontend: one table, which the query port shows and changes and HTTP reads at each call.
 *
 * @source names, defaults and types: test/fixtures/recorded/cluster.json; `empty_load_as_error`: transaction-refusals.json
 */
import settings from './frontend-config.json' with { type: 'json' };

export type SettingName = keyof typeof settings;

/** As ADMIN SHOW FRONTEND CONFIG prints it. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  /** Whether ADMIN SET FRONTEND CONFIG may change it; fe.conf may change all. */
  readonly mutable: boolean;
  /** Its former name. */
  readonly alias?: string;
  readonly comment?: string;
}

export interface FrontendConfig {
  number(name: SettingName): number;
  flag(name: SettingName): boolean;
  /** In the order of their names. */
  all(): readonly Setting[];
  /** As ADMIN SET FRONTEND CONFIG does; false when there is no such setting, or it may not be changed. */
  change(name: string, value: string): boolean;
}

/** @in fromFile: what fe.conf says, beside the defaults */
export function createFrontendConfig(fromFile: Partial<Record<SettingName, number>> = {}): FrontendConfig {
  const given = new Map<string, string>(Object.entries(fromFile).map(([name, value]) => [name, String(value)]));
  const known = new Map<string, Setting>(
    Object.entries(settings).map(([name, setting]) => [
      name,
      { name, ...setting, value: given.get(name) ?? setting.value },
    ]),
  );
  const valueOf = (name: SettingName): string => known.get(name)?.value ?? '';
  return {
    number: (name) => Number(valueOf(name)),
    flag: (name) => valueOf(name) === 'true',
    all: () => [...known.values()],
    change(name, value) {
      const setting = [...known.values()].find((each) => each.name === name || each.alias === name);
      if (setting?.mutable !== true) return false;
      known.set(setting.name, { ...setting, value });
      return true;
    },
  };
}
