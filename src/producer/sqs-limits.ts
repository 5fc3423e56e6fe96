/**
 * What SQS allows.
 *
 * @source AWS, Amazon SQS message quotas, and SendMessageBatch in the API reference
 */
export const sqsLimits = {
  /** Bytes of a message: body plus name, type and value of every attribute. Also the sum over one SendMessageBatch. */
  messageBytes: 1_048_576,
  batchEntries: 10,
} as const;

/** A message attribute, as the SDK takes it. */
export interface Attribute {
  readonly DataType: 'String' | 'Number';
  readonly StringValue: string;
}

export type Attributes = Readonly<Record<string, Attribute>>;

/** Bytes that the attributes add to a message. */
export function attributeBytes(attributes: Attributes): number {
  let bytes = 0;
  for (const [name, { DataType, StringValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + DataType.length + Buffer.byteLength(StringValue);
  }
  return bytes;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const illegal = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * True when SQS refuses the text. Lone surrogates are not looked for: row writers refuse them before.
 *
 * @in  isJson: valid JSON has no control character that SQS refuses, so only the two noncharacters are looked for, which is
 *      almost free on text of one byte a character
 */
export const holdsIllegalCharacter = (text: string, isJson: boolean): boolean =>
  isJson ? text.includes('\ufffe') || text.includes('\uffff') : illegal.test(text);

/** `MessageGroupId` and `MessageDeduplicationId`: 1 to 128 letters, digits and ASCII punctuation. */
export const isSqsToken = (text: string): boolean => /^[!-~]{1,128}$/.test(text);
