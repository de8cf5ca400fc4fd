import { demand } from '@basinlab/tensor';
import { dtypes, isDtype } from './dtypes.js';
import type { SafetensorsDtype } from './dtypes.js';
import { duplicateKey } from './duplicate-key.js';

export interface SafetensorsHeader {
  readonly entries: readonly {
    readonly name: string;
    readonly dtype: SafetensorsDtype;
    readonly shape: number[];
    readonly begin: number;
    readonly end: number;
  }[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensor bytes start in the file; `begin` and `end` of the entries count from the start of the file. */
  readonly dataStart: number;
}

/** The format's own limit; a longer one is a sign of a broken length field. */
const maximalHeader = 100_000_000;

/** Parses and checks the header of a safetensors file: every byte behind the header belongs to exactly one tensor. */
export function parseHeader(bytes: Uint8Array, id: string): SafetensorsHeader {
  demand(bytes.length >= 8, id, 'must be a safetensors file of 8 bytes at least', `${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  demand(
    length >= 2n && length <= maximalHeader,
    id,
    `header length must be 2 to ${maximalHeader} bytes`,
    String(length),
    'This is no safetensors file, or a damaged one.',
  );
  const dataStart = 8 + Number(length);
  demand(
    dataStart <= bytes.length,
    id,
    `header must end within the file of ${bytes.length} bytes`,
    `its end at ${dataStart}`,
    'The file is truncated.',
  );

  const header = parseJson(bytes.subarray(8, dataStart), id);
  const { __metadata__: metadata = {}, ...tensors } = header;
  demand(
    isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string'),
    id,
    '__metadata__ must map strings to strings',
    metadata,
  );
  const entries = Object.entries(tensors).map(([name, entry]) => parseEntry(id, name, entry, dataStart));
  checkLayout(id, entries, dataStart, bytes.length);
  return { entries, metadata: metadata as Record<string, string>, dataStart };
}

function parseJson(bytes: Uint8Array, id: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    demand(false, id, 'header must be UTF-8 JSON', (error as Error).message, 'The file is damaged.');
  }
  demand(isRecord(value), id, 'header must be a JSON object', value);
  const twice = duplicateKey(text);
  demand(twice === undefined, id, 'names in the header must be unique', `"${twice}" twice`);
  return value;
}

function parseEntry(id: string, name: string, entry: unknown, dataStart: number) {
  const who = `${id}: tensor "${name}"`;
  demand(isRecord(entry), who, 'must be an object with dtype, shape and data_offsets', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  demand(isDtype(dtype), who, `dtype must be one of ${Object.keys(dtypes).join(', ')}`, dtype);
  demand(Array.isArray(shape) && shape.every(isCount), who, 'shape must be a list of whole numbers from 0', shape);
  demand(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount), who, 'data_offsets must be [begin, end]', offsets);
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product: number, n: number) => product * n, dtypes[dtype].bytes);
  demand(
    end - begin === size,
    who,
    `[${shape.join(', ')}] of ${dtype} must take ${size} bytes`,
    `${end - begin}`,
    'The header is damaged.',
  );
  return { name, dtype, shape: shape as number[], begin: dataStart + begin, end: dataStart + end };
}

function checkLayout(id: string, entries: SafetensorsHeader['entries'], dataStart: number, fileEnd: number): void {
  let reached = dataStart;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const remedy = 'Tensors must follow each other without overlap or gap.';
    demand(begin === reached, `${id}: tensor "${name}"`, `must start at byte ${reached}`, `${begin}`, remedy);
    demand(
      end <= fileEnd,
      `${id}: tensor "${name}"`,
      `must end within the file of ${fileEnd} bytes`,
      `its end at ${end}`,
      'The file is truncated.',
    );
    reached = end;
  }
  demand(reached === fileEnd, id, `must end with the last tensor at byte ${reached}`, `${fileEnd} bytes`);
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
