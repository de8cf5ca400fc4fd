import { readFile } from 'node:fs/promises';
import { demand } from '@basinlab/tensor';
import { atomicWrite, type AtomicWriteOptions } from './atomic-write.js';
import { digestAround, noDigest } from './content-digest.js';
import { fileError } from './file-error.js';
import { decodeSafetensors, safetensorsParts } from './safetensors/index.js';
import type { SafetensorsContent, TensorsToWrite } from './safetensors/index.js';

const digestKey = 'basinlab.sha256';

/**
 * Writes a safetensors file atomically. Its metadata hold the SHA-256 of the whole file (computed with zeros in place of the digest), so
 * that `readTensors` notices any damaged bit. The arrays are not copied: they must stay as they are until this is done.
 */
export async function writeTensors(
  path: string,
  tensors: TensorsToWrite,
  metadata: Readonly<Record<string, string>> = {},
  options: AtomicWriteOptions = {},
): Promise<void> {
  const [start, ...arrays] = safetensorsParts(tensors, { ...metadata, [digestKey]: noDigest });
  const header = Buffer.from(start.buffer);
  const at = digestPlace(header, noDigest);
  header.write(digestAround(header, at, arrays), at, 'latin1');
  await atomicWrite(path, [header, ...arrays], options);
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

/** Where the digest stands: the metadata come first in the header that `safetensorsParts` writes. */
function digestPlace(bytes: Buffer, digest: string): number {
  return bytes.indexOf(`"${digestKey}":"${digest}"`, 8, 'latin1') + digestKey.length + 4;
}
