/** Methods that Node's types leave out: `toString` looks for its encoding each time, which shows in millions of values. */
interface Slices {
  latin1Slice(from: number, to: number): string;
  utf8Slice(from: number, to: number): string;
}

export const latin1Text = (buffer: Buffer, from: number, to: number): string =>
  (buffer as Buffer & Slices).latin1Slice(from, to);
export const utf8Text = (buffer: Buffer, from: number, to: number): string =>
  (buffer as Buffer & Slices).utf8Slice(from, to);

/** A place in some bytes that moves on as they are read: little-endian, as MySQL writes. */
export class Bytes {
  readonly buffer: Buffer;
  at: number;
  readonly end: number;

  /** @in  end: behind the last byte that may be read */
  constructor(buffer: Buffer, at = 0, end = buffer.length) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** @throws  RangeError: so many bytes are not there */
  skip(count: number): number {
    const from = this.at;
    if (count < 0 || from + count > this.end) throw new RangeError(`${count} bytes wanted, ${this.left} left`);
    this.at = from + count;
    return from;
  }

  u8(): number {
    return this.buffer[this.skip(1)] ?? 0;
  }

  u16(): number {
    return this.buffer.readUInt16LE(this.skip(2));
  }

  u32(): number {
    return this.buffer.readUInt32LE(this.skip(4));
  }

  u64(): bigint {
    return this.buffer.readBigUInt64LE(this.skip(8));
  }

  /** @in  bytes: 1 to 6 */
  uint(bytes: number): number {
    return this.buffer.readUIntLE(this.skip(bytes), bytes);
  }

  /** @in  bytes: 1 to 6 */
  int(bytes: number): number {
    return this.buffer.readIntLE(this.skip(bytes), bytes);
  }

  /** @in  bytes: 1 to 6 */
  uintBig(bytes: number): number {
    return this.buffer.readUIntBE(this.skip(bytes), bytes);
  }

  /** A view, which lives as long as the packet does. */
  take(count: number): Buffer {
    const from = this.skip(count);
    return this.buffer.subarray(from, from + count);
  }

  utf8(count: number): string {
    const from = this.skip(count);
    return utf8Text(this.buffer, from, from + count);
  }

  /** MySQL's length-encoded integer. */
  length(): number {
    const first = this.u8();
    if (first < 251) return first;
    if (first === 252) return this.u16();
    if (first === 253) return this.uint(3);
    if (first === 254) return Number(this.u64());
    throw new RangeError(`${first} begins no length`);
  }
}
