import { rawJson } from '../../rows/json-values.ts';

/** `{"S": "…"}`, `{"N": "1"}`, …: one value of DynamoDB's own JSON. */
type TypedValue = Readonly<Record<string, unknown>>;
type Image = Readonly<Record<string, TypedValue>>;

/**
 * A change of a DynamoDB table as a row: the new image, or the key with `__op` 1 for what was removed.
 *
 * @out  undefined: the stream gives no new images, so there is nothing to load
 * @source  DynamoDB Streams record, AttributeValue
 */
export function rowOfChange(eventName: string, change: Readonly<Record<string, unknown>>): object | undefined {
  if (eventName === 'REMOVE') return { ...plain(change['Keys'] as Image), __op: 1 };
  if (eventName !== 'INSERT' && eventName !== 'MODIFY') throw new TypeError('A change of no kind that is known.');
  const image = change['NewImage'] as Image | undefined;
  return image && plain(image);
}

const plain = (image: Image): object =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, plainValue(value)]));

/** @throws TypeError: it is no image */
export const plainImage = (image: Readonly<Record<string, unknown>>): object => plain(image as Image);

function plainValue(typed: TypedValue): unknown {
  const [[type, value] = []] = Object.entries(typed);
  switch (type) {
    case 'N':
      return rawJson(String(value));
    case 'NS':
      return (value as string[]).map((number) => rawJson(number));
    case 'M':
      return plain(value as Image);
    case 'L':
      return (value as TypedValue[]).map(plainValue);
    case 'NULL':
      return null;
    case 'S':
    case 'BOOL':
    case 'SS':
    // In the base64 that they come in.
    case 'B':
    case 'BS':
      return value;
    default:
      throw new TypeError('A value of no type that is known.');
  }
}
