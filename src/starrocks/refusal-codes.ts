import type { FailureCode } from '../kit/errors.ts';
import type { RefusalKind } from '../ports.ts';

/** What a refusal of StarRocks is called here. */
export const codeOfRefusal = {
  data: 'ROWS_REFUSED',
  configuration: 'STARROCKS_CONFIGURATION',
  access: 'STARROCKS_ACCESS_DENIED',
  privilege: 'STARROCKS_PRIVILEGE_MISSING',
  throttled: 'STARROCKS_THROTTLED',
  transient: 'STARROCKS_TRANSIENT',
} as const satisfies Record<RefusalKind, FailureCode>;
