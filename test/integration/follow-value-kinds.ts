/**
 * Values that are easily read wrong: the type, and SQL literals each with its cell, which is what a SELECT shows, as JSON. `only`: the
 * other server has no such type, or prints it otherwise.
 */
export interface TypedValues {
  readonly type: string;
  readonly only?: 'mysql' | 'mariadb';
  readonly values: readonly (readonly [literal: string, cell: string])[];
}

export const text = (literal: string, value: string) => [literal, JSON.stringify(value)] as const;
export const same = (...literals: readonly string[]) => literals.map((literal) => [literal, literal] as const);
export const moments = (...values: readonly string[]) => values.map((value) => [`'${value}'`, `"${value}"`] as const);
