import { BasinlabError, demand } from '@basinlab/tensor';
import type { ActivationBatch } from '@basinlab/tensor';
import { Table, tableFromIPC, tableToIPC } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow';
import { checkMetadata } from './check-metadata.js';
import { fromArrow } from './from-arrow.js';
import type { FromArrowOptions } from './from-arrow.js';
import { toArrow } from './to-arrow.js';

const digestKey = 'basinlab.sha256';
/** Stands for the digest while it is computed; no number of a tensor looks like it. */
const placeholder = '9b1d7a0c5e3f482694c6fe08d2b7a3515ac0e917f48d6b32c7f1a59e03d8642b';

/**
 * Activation batches of one schema as the bytes of an Arrow IPC file (or stream). Its schema metadata hold the SHA-256 of all bytes, computed with a
 * placeholder in its place, so that `decodeArrow` notices any damaged bit: Arrow itself has no checksum.
 */
export async function encodeArrow(
  batches: Iterable<ActivationBatch> | AsyncIterable<ActivationBatch>,
  options: { format?: 'file' | 'stream' } = {},
): Promise<Uint8Array> {
  const records: RecordBatch[] = [];
  for await (const batch of batches) records.push(await toArrow(batch));
  const [first] = records;
  demand(first !== undefined, 'Arrow file', 'must hold at least one batch', 'none');
  for (const { schema } of records)
    demand(
      signature(schema) === signature(first.schema),
      'Arrow file',
      `batches must all be ${signature(first.schema)}`,
      signature(schema),
    );
  first.schema.metadata.set(digestKey, placeholder);
  const bytes = tableToIPC(new Table(first.schema, records), options.format ?? 'file');
  const digest = new TextEncoder().encode(await sha256(bytes));
  for (const at of placesOf(placeholder, bytes)) bytes.set(digest, at);
  return bytes;
}

/**
 * Reads an Arrow IPC file or stream, from here or elsewhere, and checks the digest that `encodeArrow` put into it.
 * @param options.id what errors call it, for example its path
 * @throws BasinlabError for bytes that are no Arrow, truncated or damaged, and as `fromArrow`
 */
export async function decodeArrow(
  bytes: Uint8Array,
  { id = 'Arrow file', ...options }: FromArrowOptions & { id?: string } = {},
): Promise<ActivationBatch[]> {
  const kind = kindOf(bytes, id);
  await checkDigest(bytes, id);
  const table = parse(bytes, kind, id);
  try {
    return fromArrow(table, options);
  } catch (error) {
    if (!(error instanceof BasinlabError))
      throw new BasinlabError(id, 'a readable Arrow table', (error as Error).message, { cause: error });
    throw new BasinlabError(`${id}: ${error.id}`, error.requirement, error.got, error.details);
  }
}

/** Before parsing, which a damaged count or offset can send astray: looks for the digest in the bytes themselves. Files from elsewhere have none. */
async function checkDigest(bytes: Uint8Array, id: string): Promise<void> {
  const [key] = placesOf(digestKey, bytes);
  if (key === undefined) return;
  // Key and value are strings of one flatbuffer table, written next to each other.
  const around = new TextDecoder('latin1').decode(bytes.subarray(Math.max(0, key - 128), key + 128));
  const digest = /[0-9a-f]{64}/.exec(around)?.[0];
  demand(digest !== undefined, id, `must hold the digest that belongs to ${digestKey}`, 'none', 'The file is damaged; use another copy.');
  const original = bytes.slice();
  const filler = new TextEncoder().encode(placeholder);
  for (const at of placesOf(digest, original)) original.set(filler, at);
  const found = await sha256(original);
  demand(
    found === digest,
    id,
    `content must match its SHA-256 ${digest}`,
    found,
    'The file is damaged, or was edited since; use another copy.',
  );
}

function parse(bytes: Uint8Array, kind: 'file' | 'stream', id: string): Table {
  try {
    checkMetadata(bytes, kind);
    return tableFromIPC(bytes);
  } catch (error) {
    const remedy = 'It is damaged or uses a feature that is not supported.';
    throw new BasinlabError(id, 'must be a readable Arrow file', (error as Error).message, { remedy, cause: error });
  }
}

/** A file begins and ends with ARROW1 and knows the length of its footer; a stream ends with an end-of-stream mark. The parser itself takes cut files for empty ones. */
function kindOf(bytes: Uint8Array, id: string): 'file' | 'stream' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isMagic = (at: number): boolean => at >= 0 && [...'ARROW1'].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  const cut = 'The file is truncated.';
  if (isMagic(0)) {
    demand(
      bytes.length >= 24 && isMagic(bytes.length - 6),
      id,
      'an Arrow file must end with ARROW1',
      `${bytes.length} bytes with another end`,
      cut,
    );
    const footer = view.getInt32(bytes.length - 10, true);
    demand(
      footer > 0 && footer <= bytes.length - 18,
      id,
      'the footer must lie within the file',
      `${footer} of ${bytes.length} bytes`,
      'The file is damaged.',
    );
    return 'file';
  }
  demand(
    bytes.length >= 8 && view.getUint32(0, true) === 0xffffffff,
    id,
    'must be an Arrow IPC file or stream',
    `${bytes.length} bytes of another kind`,
  );
  const ended = view.getUint32(bytes.length - 8, true) === 0xffffffff && view.getUint32(bytes.length - 4, true) === 0;
  demand(ended, id, 'an Arrow stream must end with its end mark', `${bytes.length} bytes without it`, cut);
  return 'stream';
}

function placesOf(text: string, bytes: Uint8Array): number[] {
  const pattern = new TextEncoder().encode(text);
  const places: number[] = [];
  for (let at = bytes.indexOf(pattern[0]!); at >= 0; at = bytes.indexOf(pattern[0]!, at + 1)) {
    if (pattern.every((byte, i) => bytes[at + i] === byte)) places.push(at);
  }
  return places;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const signature = (schema: RecordBatch['schema']): string =>
  schema.fields.map((field) => `${field.name}: ${String(field.type)} ${[...field.metadata.values()].join('/')}`).join(', ');
