import { readFile } from 'node:fs/promises';
import { demand } from '@basinlab/tensor';
import { atomicWrite } from './atomic-write.js';
import { digestAround, noDigest } from './content-digest.js';
import { fileError } from './file-error.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors/index.js';
import type { SafetensorsContent, SafetensorsDtype, TensorData } from './safetensors/index.js';

const digestKey = 'basinlab.sha256';

/**
 * Writes a safetensors file atomically. Its metadata hold the SHA-256 of the whole file (computed with zeros in place of the digest), so
 * that `readTensors` notices any damaged bit.
 */
export async function writeTensors(
  path: string,
  tensors: Readonly<Record<string, { readonly dtype?: SafetensorsDtype; readonly shape: readonly number[]; readonly data: TensorData }>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bytes = Buffer.from(encodeSafetensors(tensors, { ...metadata, [digestKey]: noDigest }).buffer);
  const at = digestPlace(bytes, noDigest);
  bytes.write(digestAround(bytes, at), at, 'latin1');
  await atomicWrite(path, bytes);
}

/**
 * Reads a safetensors file, from here or elsewhere, and checks the digest that `writeTensors` put into it.
 * @param options.digest `required` also refuses files without a digest: for files that only this program writes
 * @throws BasinlabError for a missing, truncated or damaged file
 */
export async function readTensors(path: string, options: { digest?: 'required' | 'optional' } = {}): Promise<SafetensorsContent> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, 'must be a readable safetensors file', error);
  });
  const content = decodeSafetensors(bytes, path);
  const { [digestKey]: digest, ...metadata } = content.metadata;
  if (digest === undefined) {
    demand(
      options.digest !== 'required',
      path,
      'must hold the digest of its content',
      'no digest',
      'Only files written by this program can be used here.',
    );
  } else {
    const found = digestAround(bytes, digestPlace(bytes, digest));
    demand(
      found === digest,
      path,
      `content must match its SHA-256 ${digest}`,
      found,
      'The file is damaged, or was edited since; use another copy.',
    );
  }
  return { tensors: content.tensors, metadata };
}

/** Where the digest stands: the metadata come first in the header that `encodeSafetensors` writes. */
function digestPlace(bytes: Buffer, digest: string): number {
  return bytes.indexOf(`"${digestKey}":"${digest}"`, 8, 'latin1') + digestKey.length + 4;
}
