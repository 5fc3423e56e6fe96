/**
 * Functions on BITMAP, HLL and PERCENTILE, as bodies of DuckDB macros. Their values are lists of all members (HLL: of the
 * hashes; PERCENTILE: of the numbers), so that what StarRocks estimates is exact here.
 */
export const unionFunctions: readonly string[] = [
  'to_bitmap(v) AS CASE WHEN TRY_CAST(v AS UBIGINT) IS NOT NULL THEN [TRY_CAST(v AS UBIGINT)] END',
  'bitmap_hash(v) AS CASE WHEN v IS NULL THEN CAST([] AS UBIGINT[]) ELSE [hash(CAST(v AS VARCHAR)) % 4294967296] END',
  'bitmap_empty() AS CAST([] AS UBIGINT[])',
  "bitmap_from_string(t) AS list_distinct(TRY_CAST(string_split(t, ',') AS UBIGINT[]))",
  'bitmap_count(b) AS len(list_distinct(b))',
  'bitmap_contains(b, v) AS list_contains(b, CAST(v AS UBIGINT))',
  "bitmap_to_string(b) AS list_aggregate(list_sort(list_distinct(b)), 'string_agg', ',')",
  'bitmap_to_array(b) AS list_sort(list_distinct(b))',
  'bitmap_and(a, b) AS list_intersect(a, b)',
  'bitmap_or(a, b) AS list_distinct(list_concat(a, b))',
  'bitmap_union(b) AS list_distinct(flatten(list(b)))',
  'bitmap_agg(v) AS list_distinct(list(CAST(v AS UBIGINT)))',
  'bitmap_union_count(b) AS coalesce(len(list_distinct(flatten(list(b)))), 0)',
  'hll_hash(v) AS CASE WHEN v IS NULL THEN CAST([] AS UBIGINT[]) ELSE [hash(CAST(v AS VARCHAR))] END',
  'hll_empty() AS CAST([] AS UBIGINT[])',
  'hll_cardinality(h) AS len(list_distinct(h))',
  'hll_union(h) AS list_distinct(flatten(list(h)))',
  'hll_raw_agg(h) AS list_distinct(flatten(list(h)))',
  'hll_union_agg(h) AS coalesce(len(list_distinct(flatten(list(h)))), 0)',
  'percentile_hash(v) AS CASE WHEN TRY_CAST(v AS DOUBLE) IS NOT NULL THEN [TRY_CAST(v AS DOUBLE)] END',
  'percentile_empty() AS CAST([] AS DOUBLE[])',
  'percentile_union(p) AS flatten(list(p))',
  "percentile_approx_raw(p, q) AS list_aggregate(p, 'quantile_cont', q)",
];

/** How rows with the same key are folded, by aggregate. */
export const unionFolds: Readonly<Record<string, (name: string) => string>> = {
  BITMAP_UNION: (name) => `list_distinct(flatten(list(${name})))`,
  HLL_UNION: (name) => `list_distinct(flatten(list(${name})))`,
  PERCENTILE_UNION: (name) => `flatten(list(${name}))`,
};
