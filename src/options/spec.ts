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
