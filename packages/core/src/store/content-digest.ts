import { createHash } from 'node:crypto';

/** Digits of a SHA-256, before it is known. */
export const noDigest = '0'.repeat(64);

/** SHA-256 of a file that holds its own digest at byte `at` of `bytes`: computed with zeros in its place, so that a file can tell whether it is whole. `rest` follows `bytes`. */
export function digestAround(bytes: Buffer, at: number, rest: readonly Uint8Array[] = []): string {
  const hash = createHash('sha256').update(bytes.subarray(0, at)).update(noDigest);
  for (const part of [bytes.subarray(at + noDigest.length), ...rest]) hash.update(part);
  return hash.digest('hex');
}
