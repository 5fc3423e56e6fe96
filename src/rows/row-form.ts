import type { ColumnType } from './column-type.ts';

/** A member of a row: its key, and what its value is held against. */
export interface Member {
  readonly key: string;
  /** `any`: it is no column's; `upsert`: the operation */
  readonly type: ColumnType | 'any' | 'upsert';
  readonly isNullable: boolean;
}

/** What rows of the same keys are held against by the scanner, as its memory has it. */
export interface RowForm {
  readonly members: number;
  readonly bytes: Uint8Array;
}

/** Bytes of a form that the scanner has room for. */
const mostBytes = 64 * 1024;

/** As in `assembly/scan-rows.ts`. */
const kinds = { scalar: 0, zero: 1, boolean: 2, decimal: 3, text: 4, date: 5, datetime: 6 } as const;

interface Check {
  readonly kind: number;
  /** Digits before the point, or bytes. */
  readonly most?: number;
  /** Digits behind the point. */
  readonly decimals?: number;
}

/** Places in the head of a member, and its size. */
const head = { kind: 0, isNullable: 1, decimals: 2, most: 4, keyBytes: 8, bytes: 16 } as const;
const unlimited = { bytes: 0xffff_ffff, decimals: 255 };
/** What a double keeps. */
const exactDigits = 15;

/**
 * @in   members: in the order of their keys
 * @out  undefined: the scanner cannot tell whether such rows fit
 */
export function formOf(members: readonly Member[]): RowForm | undefined {
  const checks = members.map(({ type }) => checkOf(type));
  // A key that is written by numbers may hold half a surrogate pair.
  const keys = members.map(({ key }) => Buffer.from(`${JSON.stringify(key)}:`));
  if (keys.length === 0 || keys.some((key) => key.includes('\\u'))) return undefined;
  const parts = keys.map((key, at) => {
    const check = checks[at];
    if (check === undefined) return undefined;
    const part = Buffer.alloc(head.bytes + Math.ceil(key.length / 16) * 16);
    part.writeUInt8(check.kind, head.kind);
    part.writeUInt8(members[at]?.isNullable ? 1 : 0, head.isNullable);
    part.writeUInt8(check.decimals ?? 0, head.decimals);
    part.writeUInt32LE(check.most ?? 0, head.most);
    part.writeUInt32LE(key.length, head.keyBytes);
    key.copy(part, head.bytes);
    return part;
  });
  if (!parts.every((part) => part !== undefined)) return undefined;
  const bytes = Buffer.concat(parts);
  return bytes.length > mostBytes ? undefined : { members: members.length, bytes };
}

/** What surely is right in a column of the type, as it stands. @out undefined: only a closer look tells */
function checkOf(type: Member['type']): Check | undefined {
  if (type === 'any') return { kind: kinds.scalar };
  if (type === 'upsert') return { kind: kinds.zero };
  switch (type.kind) {
    case 'boolean':
      return { kind: kinds.boolean };
    case 'integer':
      // One digit less than the largest has.
      return { kind: kinds.decimal, most: String(type.max).length - 1 };
    case 'float':
      return { kind: kinds.decimal, most: exactDigits, decimals: unlimited.decimals };
    case 'decimal':
      return { kind: kinds.decimal, most: Math.max(0, type.precision - type.scale), decimals: type.scale };
    case 'text':
      return { kind: kinds.text, most: type.maxBytes ?? unlimited.bytes };
    case 'date':
      return { kind: kinds.date };
    case 'datetime':
      return { kind: kinds.datetime };
    case 'other':
      return { kind: kinds.scalar };
    default:
      return undefined;
  }
}
