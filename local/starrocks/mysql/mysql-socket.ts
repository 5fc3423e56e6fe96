import type { Socket } from 'node:net';

/** A payload this long goes on in the next packet. */
const fullPacketBytes = 0xff_ffff;
const headerBytes = 4;

/**
 * Packets of the MySQL protocol over a socket: three bytes of length, one of sequence number, the payload.
 * Numbers start at 0 with each command of the client and go up with each packet of either side.
 */
export class MysqlSocket {
  readonly #socket: Socket;
  #sequence = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whole payloads as they come; ends when the client hangs up. */
  async *payloads(): AsyncGenerator<Buffer, void> {
    const bytes = bytesOf(this.#socket as AsyncIterable<Buffer>);
    for (;;) {
      const parts: Buffer[] = [];
      let length: number;
      do {
        const header = await bytes(headerBytes);
        if (header === undefined) return;
        length = header.readUIntLE(0, 3);
        this.#sequence = header.readUInt8(3) + 1;
        const part = await bytes(length);
        if (part === undefined) return;
        parts.push(part);
      } while (length === fullPacketBytes);
      yield Buffer.concat(parts);
    }
  }

  /** Sends payloads, each as a packet; resolves when the socket takes more. */
  async send(payloads: readonly Buffer[]): Promise<void> {
    const parts: Buffer[] = [];
    for (const payload of payloads) {
      for (let offset = 0; offset <= payload.length; offset += fullPacketBytes) {
        const part = payload.subarray(offset, offset + fullPacketBytes);
        const header = Buffer.alloc(headerBytes);
        header.writeUIntLE(part.length, 0, 3);
        header.writeUInt8(this.#sequence++ % 256, 3);
        parts.push(header, part);
      }
    }
    if (this.#socket.destroyed) return;
    if (this.#socket.write(Buffer.concat(parts))) return;
    await new Promise<void>((resolve) => {
      const proceed = () => {
        this.#socket.off('drain', proceed).off('close', proceed);
        resolve();
      };
      this.#socket.on('drain', proceed).on('close', proceed);
    });
  }

  /** Hangs up when all that was sent has left. */
  end(): void {
    this.#socket.destroySoon();
  }
}

/** Reads so many bytes at a time; undefined when the stream ends before. */
function bytesOf(stream: AsyncIterable<Buffer>): (count: number) => Promise<Buffer | undefined> {
  const chunks = stream[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let heldBytes = 0;
  return async (count) => {
    while (heldBytes < count) {
      const { done, value } = await chunks.next();
      if (done === true) return undefined;
      held.push(value);
      heldBytes += value.length;
    }
    const all = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    held = [all.subarray(count)];
    heldBytes = all.length - count;
    return all.subarray(0, count);
  };
}
