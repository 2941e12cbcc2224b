import { badRequest } from "../status-error.ts";

export const malformed = () => badRequest("the protobuf body is malformed");

/** The bytes of a message, field by field. */
export class Reader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /**
   * Calls `field` with every field: its number, and its varint, its bytes, or the eight bytes of a
   * double.
   * @throws StatusError 400 for bytes that are no message.
   */
  each(field: (number: number, value: number | Buffer) => void): void {
    while (this.#offset < this.#bytes.length) {
      const tag = this.#varint();
      const number = tag >>> 3;
      switch (tag & 7) {
        case 0:
          field(number, this.#varint());
          break;
        case 1:
          field(number, this.#piece(8));
          break;
        case 2:
          field(number, this.#piece(this.#varint()));
          break;
        default:
          throw malformed();
      }
    }
  }

  #varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) throw malformed();
      this.#offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw malformed();
  }

  #piece(length: number): Buffer {
    const end = this.#offset + length;
    if (length < 0 || end > this.#bytes.length) throw malformed();
    const piece = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return piece;
  }
}
