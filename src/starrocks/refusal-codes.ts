import type { FailureCode } from '../kit/errors.ts';
import type { RefusalKind } from '../ports.ts';

/** What a refusal of StarRocks is called here. */
export const codeOfRefusal = {
  data: 'ROWS_REFUSED',
  configuration: 'STARROCKS_CONFIGURATION',
  access: 'STARROCKS_ACCESS_DENIED',
  privilege: 'STARROCKS_PRIVILEGE_MISSING',
  throttled: 'STARROCKS_THROTTLED',
  memory: 'STARROCKS_MEMORY_EXCEEDED',
  transient: 'STARROCKS_TRANSIENT',
} as const satisfies Record<RefusalKind, FailureCode>;

/** With these StarRocks asks to spare it for a while: it is no failure. */
export const isHeldBack = (code: FailureCode): boolean =>
  code === codeOfRefusal.throttled || code === codeOfRefusal.memory;

/** What passes by itself, so that the same call may work later. */
export const passes = (kind: RefusalKind): boolean => kind === 'transient' || kind === 'throttled' || kind === 'memory';
