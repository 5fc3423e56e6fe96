/** What StarRocks' releases say and read differently. Everything that is not here they say alike. */
export type Release = '3.5' | '4.0';

export const releases = ['3.5', '4.0'] as const satisfies readonly Release[];

export interface ReleaseTraits {
  /** What current_version() begins with. */
  readonly version: string;
  /** The frontend does not know which backend serves the label. */
  readonly noNode: (operation: string, database: string, label: string) => string;
  /** prepare, commit or rollback of a label that the frontend does not know. */
  readonly noTransaction: (database: string, label: string) => string;
  /** The frontends' memory of which backend serves a label, and whether they look the backend up in the transaction when it fails them. */
  readonly coordinators: { readonly perBackend: number; readonly expireMs: number; readonly orByTransaction: boolean };
  /** Reads `transaction_type: multi`: transactions over several tables. */
  readonly severalTables: boolean;
  /** Reads `prepared_timeout`. */
  readonly preparedTimeout: boolean;
  /** A FLOAT takes a default only if it holds it exactly: "Default value will loose precision". */
  readonly exactFloatDefaults: boolean;
}

/**
 * 3.5 is as in the recorded exchanges (`test/fixtures/recorded`), whose frontend is of between the two; 4.0 as in Stream
 * Load reference §6.
 */
export const releaseTraits: Readonly<Record<Release, ReleaseTraits>> = {
  '3.5': {
    version: '3.5.0',
    noNode: (operation, _, label) => `Transaction with op[${operation}] and label[${label}] has no node.`,
    noTransaction: (_, label) => `No transaction found by label ${label}`,
    coordinators: { perBackend: 512, expireMs: Number.POSITIVE_INFINITY, orByTransaction: false },
    severalTables: false,
    preparedTimeout: false,
    exactFloatDefaults: true,
  },
  '4.0': {
    version: '4.0.0',
    noNode: (_, database, label) =>
      `Can't find the transaction with db [${database}] and label[${label}]. The possible reasons: 1. FE leader is started or switched; 2. The transaction timeouts and is cleaned.`,
    noTransaction: (database, label) => `No transaction found with db[${database}] and label[${label}]`,
    coordinators: { perBackend: 4096, expireMs: 900_000, orByTransaction: true },
    severalTables: true,
    preparedTimeout: true,
    exactFloatDefaults: false,
  },
};
