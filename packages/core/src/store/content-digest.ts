import { createHash } from 'node:crypto';

/** Digits of a SHA-256, before it is known. */
export const noDigest = '0'.repeat(64);

/** SHA-256 of a file that holds its own digest at byte `at`: computed with zeros in its place, so that a file can tell whether it is whole. */
export function digestAround(bytes: Buffer, at: number): string {
  return createHash('sha256')
    .update(bytes.subarray(0, at))
    .update(noDigest)
    .update(bytes.subarray(at + noDigest.length))
    .digest('hex');
}
