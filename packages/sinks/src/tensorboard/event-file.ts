import { crc32c } from '@aws-crypto/crc32c';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// TensorBoard reads files of records, each a serialised `Event` (tensorflow/core/util/event.proto) between its length and checksums.

/** What is written of `Event`. */
export interface TensorboardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  /** `brain.Event:2` in the first record of a file. */
  readonly fileVersion?: string;
  readonly scalars?: readonly { readonly tag: string; readonly value: number }[];
}

/** The protocol-buffer message. */
export function encodeEvent({ wallTime, step = 0, fileVersion, scalars = [] }: TensorboardEvent): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Bit64).double(wallTime).tag(2, WireType.Varint).int64(step);
  if (fileVersion !== undefined) writer.tag(3, WireType.LengthDelimited).string(fileVersion);
  if (scalars.length > 0) {
    writer.tag(5, WireType.LengthDelimited).fork();
    for (const { tag, value } of scalars) {
      writer.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(tag);
      writer.tag(2, WireType.Bit32).float(value).join();
    }
    writer.join();
  }
  return writer.finish();
}

/** A record of a TFRecord file: length, its masked CRC-32C, the data, and theirs, all little-endian. */
export function recordOf(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return record;
}

/** The format stores checksums rotated and shifted, so that the checksum of data that hold one is not a special value. */
function masked(data: Uint8Array): number {
  const sum = crc32c(data);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
