import { demand } from '@basinlab/core';
import { createHash } from 'node:crypto';

const REMEDY = 'The file is damaged or another one: fetch it again, or set options.verify to false to use files of your own';

/** Refuses content whose checksum is not the published one; without one there is nothing to check. */
export function requireChecksum(
  id: string,
  algorithm: 'sha256' | 'md5',
  bytes: Uint8Array,
  expected: string | undefined,
  remedy = REMEDY,
): void {
  if (expected === undefined) return;
  const got = createHash(algorithm).update(bytes).digest('hex');
  demand(got === expected, id, `${algorithm} ${expected}`, got, remedy);
}
