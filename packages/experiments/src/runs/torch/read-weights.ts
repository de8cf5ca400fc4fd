import { open } from 'node:fs/promises';
import { BasinlabError } from '@basinlab/core';
import { readTensors, type StoredTensor } from '@basinlab/core/store';
import { fromFairseq } from './fairseq.js';
import { PickledObject } from './pickle.js';
import { isTorchFile, readTorchFile, TorchTensor, type TorchFile, type TorchValue } from './torch-file.js';

/** The tensors of a file, from whatever library. */
export interface Weights {
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  /** Of safetensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What a checkpoint of fairseq says about its model, as `config.json` of the transformers library would; its tensors have their names there. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Names under which training scripts keep parameters. */
const wrappers = ['model', 'state_dict', 'model_state_dict', 'module', 'net'];

/**
 * Weights in a file: safetensors, or one of torch.save (`.pt`, `.pth`, `.bin`) with a state dict, alone or within what a training script has saved. No code of the
 * file is run: what is no tensor is not looked at.
 * @throws BasinlabError for a damaged file, or one without tensors
 */
export async function readWeights(file: string): Promise<Weights> {
  if (!(await isTorch(file))) return readTensors(file);
  const torch = await readTorchFile(file);
  const { value } = torch;
  const own = tensorsOf(torch, value);
  if (own !== null) return { tensors: own, metadata: {} };
  const entries = value instanceof Map ? value : new Map<unknown, TorchValue>();
  const tensors = wrappers.map((name) => tensorsOf(torch, entries.get(name))).find((found) => found !== null);
  if (tensors === undefined) {
    const got = value instanceof Map ? `entries ${Array.from(entries.keys(), String).join(', ')}` : 'none';
    throw new BasinlabError(file, `tensors by name, alone or as one of ${wrappers.join(', ')}`, got);
  }
  const args = entries.get('args');
  if (!(args instanceof PickledObject) || !(args.state instanceof Map)) return { tensors, metadata: {} };
  return { ...fromFairseq(file, args.state, tensors), metadata: {} };
}

async function isTorch(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return false;
  try {
    const { buffer } = await handle.read({ buffer: Buffer.alloc(4), length: 4 });
    return isTorchFile(buffer);
  } finally {
    await handle.close();
  }
}

/** A state dict as tensors by name; null for anything that is none. */
function tensorsOf(torch: TorchFile, value: TorchValue | undefined): Record<string, StoredTensor> | null {
  if (!(value instanceof Map)) return null;
  const entries = [...value].flatMap(([name, tensor]) => (tensor instanceof TorchTensor ? [[String(name), tensor] as const] : []));
  return entries.length === 0 ? null : Object.fromEntries(entries.map(([name, tensor]) => [name, torch.read(tensor)]));
}
