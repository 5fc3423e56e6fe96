import { type ColumnType, readColumnType } from '../rows/column-type.ts';

/**
 * Whether all values of a planned type are the same in a column as it is. `loses`: some would be cut, rounded or refused, which
 * somebody may want; `unfit`: some, or all, cannot be there.
 */
export type TypeFit = 'fits' | 'loses' | 'unfit';

/** @in  two StarRocks types, as they are written or as information_schema prints them */
export function fitOfType(planned: string, found: string): TypeFit {
  const [from, to] = [readColumnType(planned), readColumnType(found)];
  if (to.kind === 'text') return longestText(from, planned) <= (to.maxBytes ?? 65_533) ? 'fits' : 'loses';
  switch (from.kind) {
    case 'integer':
      return fitOfInteger(from, to);
    case 'float':
      return to.kind === 'float' ? fits(to.max >= from.max, 'loses') : fits(false, lossyIn(to));
    case 'decimal':
      return fitOfDecimal(from, to);
    case 'date':
    case 'datetime':
      return fitOfMoment(from.kind, to.kind);
    case 'binary':
      return to.kind === 'binary' ? fits((to.maxBytes ?? mostBytes) >= (from.maxBytes ?? mostBytes), 'loses') : 'unfit';
    default:
      return fitOfDocument(from.kind, to.kind);
  }
}

const fits = (does: boolean, otherwise: TypeFit = 'unfit'): TypeFit => (does ? 'fits' : otherwise);
const nested: readonly string[] = ['array', 'map', 'struct'];
const mostBytes = 1_048_576;

function fitOfMoment(from: 'date' | 'datetime', to: ColumnType['kind']): TypeFit {
  if (to === 'datetime' || from === to) return 'fits';
  return to === 'date' ? 'loses' : 'unfit';
}

function fitOfDocument(from: ColumnType['kind'], to: ColumnType['kind']): TypeFit {
  if (from === to || (to === 'json' && nested.includes(from))) return 'fits';
  return from === 'json' && nested.includes(to) ? 'loses' : 'unfit';
}

type Kind<K extends ColumnType['kind']> = Extract<ColumnType, { kind: K }>;

/** A double holds whole numbers of 53 bits, a float of 24. */
const wholeIn = ({ max }: Kind<'float'>) => 2n ** (max === Number.MAX_VALUE ? 53n : 24n);

function fitOfInteger(from: Kind<'integer'>, to: ColumnType): TypeFit {
  if (to.kind === 'integer') return fits(to.min <= from.min && to.max >= from.max);
  if (to.kind === 'decimal') return fits(to.precision - to.scale >= String(from.max).length);
  if (to.kind === 'float') return fits(from.max <= wholeIn(to), 'loses');
  return to.kind === 'boolean' ? 'loses' : 'unfit';
}

function fitOfDecimal(from: Kind<'decimal'>, to: ColumnType): TypeFit {
  if (to.kind === 'integer' && from.scale === 0) return fits(to.max >= 10n ** BigInt(from.precision) - 1n);
  if (to.kind !== 'decimal') return lossyIn(to);
  if (to.precision - to.scale < from.precision - from.scale) return 'unfit';
  return fits(to.scale >= from.scale, 'loses');
}

/** Numbers become other numbers there. */
const lossyIn = ({ kind }: ColumnType): TypeFit =>
  kind === 'float' || kind === 'decimal' || kind === 'integer' ? 'loses' : 'unfit';

/** Bytes of the longest text of a type. */
function longestText(type: ColumnType, planned: string): number {
  switch (type.kind) {
    case 'integer':
      return String(type.min).length;
    case 'decimal':
      return type.precision + 3;
    case 'boolean':
      return 5;
    case 'float':
      return 24;
    case 'date':
      return 10;
    case 'datetime':
      return 26;
    case 'text':
      return type.maxBytes ?? (/string/i.test(planned) ? 65_533 : 1);
    // As base64.
    case 'binary':
      return Math.min(4 * Math.ceil((type.maxBytes ?? mostBytes) / 3), mostBytes);
    default:
      return mostBytes;
  }
}
