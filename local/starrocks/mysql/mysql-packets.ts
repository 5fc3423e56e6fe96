/** Builds one packet of the MySQL protocol, little-endian, without its header. */
export class PacketWriter {
  #buffer = Buffer.allocUnsafe(64);
  #length = 0;

  /** An integer of 1 to 6 bytes. */
  int(value: number, bytes: number): this {
    this.#reserve(bytes);
    this.#length = this.#buffer.writeUIntLE(value, this.#length, bytes);
    return this;
  }

  bytes(part: Uint8Array): this {
    this.#reserve(part.length);
    this.#buffer.set(part, this.#length);
    this.#length += part.length;
    return this;
  }

  text(value: string): this {
    const bytes = Buffer.byteLength(value);
    this.#reserve(bytes);
    this.#buffer.write(value, this.#length);
    this.#length += bytes;
    return this;
  }

  textZero(value: string): this {
    return this.text(value).int(0, 1);
  }

  lengthCoded(value: number): this {
    if (value < 0xfb) return this.int(value, 1);
    if (value < 0x1_0000) return this.int(0xfc, 1).int(value, 2);
    if (value < 0x100_0000) return this.int(0xfd, 1).int(value, 3);
    return this.int(0xfe, 1)
      .int(value % 2 ** 32, 4)
      .int(Math.floor(value / 2 ** 32), 4);
  }

  lengthCodedBytes(part: Uint8Array): this {
    return this.lengthCoded(part.length).bytes(part);
  }

  lengthCodedText(value: string): this {
    return this.lengthCoded(Buffer.byteLength(value)).text(value);
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** Reads one packet of the MySQL protocol, front to back. Reading past the end throws RangeError. */
export class PacketReader {
  readonly #packet: Buffer;
  #offset = 0;

  constructor(packet: Buffer) {
    this.#packet = packet;
  }

  get left(): number {
    return this.#packet.length - this.#offset;
  }

  int(bytes: number): number {
    this.#offset += bytes;
    return this.#packet.readUIntLE(this.#offset - bytes, bytes);
  }

  signedInt(bytes: number): number {
    this.#offset += bytes;
    return this.#packet.readIntLE(this.#offset - bytes, bytes);
  }

  bigint(signed: boolean): bigint {
    this.#offset += 8;
    const at = this.#offset - 8;
    return signed ? this.#packet.readBigInt64LE(at) : this.#packet.readBigUInt64LE(at);
  }

  float(bytes: 4 | 8): number {
    this.#offset += bytes;
    const at = this.#offset - bytes;
    return bytes === 4 ? this.#packet.readFloatLE(at) : this.#packet.readDoubleLE(at);
  }

  bytes(count: number): Buffer {
    if (count > this.left) throw new RangeError(`The packet ends ${count - this.left} bytes early.`);
    this.#offset += count;
    return this.#packet.subarray(this.#offset - count, this.#offset);
  }

  skip(count: number): void {
    this.bytes(count);
  }

  textZero(): string {
    const end = this.#packet.indexOf(0, this.#offset);
    const text = this.bytes((end < 0 ? this.#packet.length : end) - this.#offset).toString();
    if (end >= 0) this.#offset += 1;
    return text;
  }

  lengthCoded(): number {
    const first = this.int(1);
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.int(2);
    if (first === 0xfd) return this.int(3);
    return Number(this.bigint(false));
  }

  lengthCodedBytes(): Buffer {
    return this.bytes(this.lengthCoded());
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }
}
