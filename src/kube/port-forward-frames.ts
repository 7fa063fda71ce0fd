/** Frames of WebSockets (RFC 6455, section 5), as far as port forwarding needs them. */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame as it was received. */
export interface Frame {
  readonly opcode: number;
  /** Whether the message ends with this frame. */
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

const finalBit = 0x80;
const maskBit = 0x80;
/** Above these, the length follows in 2 or 8 bytes, and the first length byte is the marker. */
const short = { most: 125, marker: 126 } as const;
const long = { most: 0xffff, marker: 127 } as const;

/** A whole message in one frame, masked with four bytes as clients must. */
export function encodeFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Buffer {
  const { length } = payload;
  const extra = length <= short.most ? 0 : length <= long.most ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extra + 4 + length);
  frame[0] = finalBit | opcode;
  if (extra === 0) frame[1] = maskBit | length;
  else if (extra === 2) {
    frame[1] = maskBit | short.marker;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = maskBit | long.marker;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(mask, 2 + extra);
  const start = 2 + extra + 4;
  for (let i = 0; i < length; i += 1) frame[start + i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return frame;
}

/** Longest payload that is taken. The kubelet sends pieces of at most 32 KiB. */
const longest = 16 * 1024 * 1024;

/** Cuts what comes from a server into frames, in whatever pieces it comes. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete with this piece. Throws if it is none of a server's frames. */
  push(piece: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#take();
      if (!frame) return frames;
      frames.push(frame);
    }
  }

  #take(): Frame | undefined {
    const head = headOf(this.#rest);
    if (!head || this.#rest.length < head.size + head.length) return undefined;
    const end = head.size + head.length;
    const payload = this.#rest.subarray(head.size, end);
    this.#rest = this.#rest.subarray(end);
    return { opcode: head.opcode, isFinal: head.isFinal, payload };
  }
}

interface Head {
  readonly opcode: number;
  readonly isFinal: boolean;
  /** Bytes of the head. */
  readonly size: number;
  /** Bytes of the payload behind it. */
  readonly length: number;
}

function headOf(bytes: Buffer): Head | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  if (second & maskBit) throw new Error("the server masks its frames, which RFC 6455 forbids");
  const extra = second === long.marker ? 8 : second === short.marker ? 2 : 0;
  const size = 2 + extra;
  if (bytes.length < size) return undefined;
  const length = extra === 0 ? second : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > longest) throw new Error(`the server sends a frame of ${length} bytes`);
  return { opcode: first & 0x0f, isFinal: (first & finalBit) !== 0, size, length };
}
