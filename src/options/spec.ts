/** What the table of options says of each. */

interface Described {
  readonly doc: string;
  /** Where the name comes from: the Flink connector, or this sink. */
  readonly source: 'flink' | 'sink';
  readonly required?: true;
  /** Never printed, logged, or put into a template. */
  readonly secret?: true;
  /** A route may set it for its table. */
  readonly perTable?: true;
}

export type OptionSpec = Described &
  (
    | { readonly kind: 'text'; readonly pattern?: RegExp; readonly expects?: string; readonly default?: string }
    | {
        readonly kind: 'integer';
        readonly unit: string;
        readonly min: number;
        readonly max: number;
        readonly default?: number;
      }
    | { readonly kind: 'boolean'; readonly default: boolean }
    | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default?: string }
    /** One or more `host:port`, with or without http:// or https://, separated by semicolons. */
    | { readonly kind: 'urls' }
    /** With `quotes` an entry may stand in double quotes, and an empty one does. */
    | { readonly kind: 'list'; readonly default: readonly string[]; readonly quotes?: true }
    /** `from=to`, separated by commas. */
    | { readonly kind: 'map'; readonly default: Readonly<Record<string, string>> }
  );

type Value<S extends OptionSpec> = S extends { kind: 'integer' }
  ? number
  : S extends { kind: 'boolean' }
    ? boolean
    : S extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C
      : S extends { kind: 'urls' | 'list' }
        ? readonly string[]
        : S extends { kind: 'map' }
          ? Readonly<Record<string, string>>
          : string;

/** What an option is after it was checked: those that are required, or have a default, are there. */
export type OptionValue<S extends OptionSpec> = S extends { required: true } | { default: unknown }
  ? Value<S>
  : Value<S> | undefined;
