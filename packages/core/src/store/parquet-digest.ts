import { demand } from '@basinlab/tensor';
import { digestAround, noDigest } from './content-digest.js';

// A Parquet file has no checksum of its own that readers ask for. Ours hold the SHA-256 of the whole file among the key-value metadata of the
// footer. That they do is said in two places, so that no single damaged bit makes one of them look like a file of somebody else.
const digestKey = 'basinlab.sha256';

/** What the footer says wrote a file that holds its digest. */
export const digestedBy = 'basinlab (sha256)';

/** Entry of the footer that `putDigest` fills in; the last one. */
export const emptyDigest = { key: digestKey, value: noDigest };

/** Writes the digest of a Parquet file into the place that `emptyDigest` keeps for it. */
export function putDigest(bytes: Buffer): void {
  const at = digestPlace(bytes);
  bytes.write(digestAround(bytes, at), at, 'latin1');
}

/** Refuses a Parquet file that is not as it was written; files without a digest, from elsewhere or from before there was one, pass. */
export function requireDigest(path: string, bytes: Buffer, remedy: string): void {
  if (bytes.lastIndexOf(digestKey, undefined, 'latin1') < 0 && bytes.lastIndexOf(digestedBy, undefined, 'latin1') < 0) return;
  const at = digestPlace(bytes);
  const digest = bytes.toString('latin1', at, at + noDigest.length);
  const found = digestAround(bytes, at);
  demand(found === digest, path, `content must match its SHA-256 ${digest}`, found, remedy);
}

/** The value follows its key by two bytes: type of the field and length of the text, in Thrift's compact protocol. */
const digestPlace = (bytes: Buffer): number => bytes.lastIndexOf(digestKey, undefined, 'latin1') + digestKey.length + 2;
