import type { ColumnType } from './column-type.ts';

/** Says of a parsed value, not null, that it surely fits as it is; what it does not know is looked at closer. */
export type FitsSurely = (value: unknown) => boolean;

const shortDate = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;
const shortMoment =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])(?:[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?)?$/;

/** Nearly all values of nearly all rows end here. */
export function quickFit(type: ColumnType): FitsSurely {
  switch (type.kind) {
    case 'boolean':
      return (value) => typeof value === 'boolean' || value === 0 || value === 1;
    case 'integer': {
      const [min, max] = [Number(type.min), Number(type.max)];
      return (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
    }
    case 'float':
      return (value) => typeof value === 'number' && Math.abs(value) <= type.max;
    case 'decimal':
      return quickDecimal(type.precision, type.scale);
    case 'date':
      return (value) => typeof value === 'string' && shortDate.test(value);
    case 'datetime':
      return (value) => typeof value === 'string' && shortMoment.test(value);
    case 'text': {
      const max = type.maxBytes ?? Number.POSITIVE_INFINITY;
      // Three bytes are the most that one unit of UTF-16 becomes.
      return (value) => typeof value === 'string' && (value.length * 3 <= max || Buffer.byteLength(value) <= max);
    }
    case 'json':
      return (value) => typeof value !== 'string';
    case 'binary':
      return () => false;
    case 'array': {
      const fits = quickFit(type.element);
      return (value) => Array.isArray(value) && value.every((element) => element === null || fits(element));
    }
    case 'map':
    case 'struct':
      // Keys, and fields by name, are looked at closer.
      return () => false;
    case 'other':
      return () => true;
  }
}

/** A number of at most fifteen digits is the one that was written. */
const exactDigits = 15;

function quickDecimal(precision: number, scale: number): FitsSurely {
  const whole = Math.min(precision - scale, exactDigits);
  const limit = 10 ** whole;
  return (value) => {
    if (typeof value !== 'number' || Math.abs(value) >= limit) return false;
    if (Number.isInteger(value)) return true;
    const text = String(value);
    const point = text.indexOf('.');
    // As written it may have had more digits than a number holds, and then it prints with all that it can.
    return text.length <= exactDigits && point > 0 && !text.includes('e') && text.length - point - 1 <= scale;
  };
}
