/** What a table does with rows of one key: replaces them (`primary`, `unique`), merges them, or keeps them all. */
export type TableModel = 'primary' | 'unique' | 'aggregate' | 'duplicate';

/**
 * What `information_schema.tables_config.TABLE_MODEL` says: frontends write the long words, the documentation the short ones.
 *
 * @source test/fixtures/recorded/information-schema.json; StarRocks docs, information_schema.tables_config
 */
const words: Readonly<Record<string, TableModel>> = {
  PRIMARY_KEYS: 'primary',
  PRI_KEYS: 'primary',
  UNIQUE_KEYS: 'unique',
  UNQ_KEYS: 'unique',
  AGG_KEYS: 'aggregate',
  DUP_KEYS: 'duplicate',
};

/** @out undefined: a word that no known release says */
export function tableModelOf(word: string): TableModel | undefined {
  return Object.hasOwn(words, word) ? words[word] : undefined;
}

/**
 * What `information_schema.columns.COLUMN_KEY` says of key columns.
 *
 * @source StarRocks docs, information_schema.columns; test/fixtures/recorded/information-schema.json
 */
const keyWords: Readonly<Record<string, TableModel>> = {
  PRI: 'primary',
  UNI: 'unique',
  AGG: 'aggregate',
  DUP: 'duplicate',
};

/** @out undefined: there is no key, or another word than these, or several of them */
export function tableModelOfKeys(keys: readonly string[]): TableModel | undefined {
  const [word = '', ...others] = new Set(keys.filter((key) => key !== ''));
  return others.length === 0 && Object.hasOwn(keyWords, word) ? keyWords[word] : undefined;
}
