/**
 * Records of users that the Kinesis Producer Library put into one record of the stream.
 *
 * @source  Kinesis Producer Library, aggregation-format.md: magic, AggregatedRecord of protobuf, MD5 of it
 */
import { createHash } from 'node:crypto';

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const md5Bytes = 16;
const recordsField = 3;
const dataField = 3;

/**
 * @out     the data of each record; undefined: it is no aggregate
 * @throws  RangeError: it is one, and its fields do not fit
 */
export function readAggregate(bytes: Buffer): readonly Buffer[] | undefined {
  if (bytes.byteLength < magic.byteLength + md5Bytes || !bytes.subarray(0, magic.byteLength).equals(magic))
    return undefined;
  const message = bytes.subarray(magic.byteLength, -md5Bytes);
  if (!createHash('md5').update(message).digest().equals(bytes.subarray(-md5Bytes))) return undefined;
  return bytesOf(message, recordsField).map((record) => {
    const [data] = bytesOf(record, dataField);
    if (data === undefined) throw new RangeError('A record of the aggregate has no data.');
    return data;
  });
}

/** The values of one field of bytes, in their order. @source  Protocol Buffers: encoding */
function bytesOf(message: Buffer, field: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('A number of the aggregate does not end.');
  };
  const skip = (length: number): Buffer => {
    if (length > message.byteLength - at) throw new RangeError('A field of the aggregate does not end.');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.byteLength) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) skip(8);
    else if (wireType === 5) skip(4);
    else if (wireType === 2) {
      const value = skip(varint());
      if (Math.floor(tag / 8) === field) found.push(value);
    } else throw new RangeError('A field of the aggregate has a type that is not known.');
  }
  return found;
}
