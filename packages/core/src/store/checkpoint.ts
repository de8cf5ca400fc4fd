import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BasinlabError, demand } from '@basinlab/tensor';
import { readTensors, writeTensors } from './tensor-file.js';
import type { SafetensorsDtype, StoredTensor, TensorData } from './safetensors/index.js';

type Leaf = { readonly dtype?: SafetensorsDtype; readonly shape: readonly number[]; readonly data: TensorData };

/** Named arrays in nested records, for example `{ params: {...}, constants: {...}, optimizer: { m: {...}, v: {...} } }`. */
export interface ArrayTree {
  readonly [name: string]: Leaf | ArrayTree;
}

/** Stored tensors in nested objects. */
export interface StoredTree {
  readonly [name: string]: StoredTensor | StoredTree;
}

/** What a run needs to go on: arrays and plain values (step, epoch, keys, ...). */
export interface Checkpoint<T = ArrayTree> {
  readonly arrays: T;
  readonly counters: Readonly<Record<string, number | string | readonly number[]>>;
}

/** A checkpoint that was read, and from where. */
export interface FoundCheckpoint extends Checkpoint<StoredTree> {
  readonly epoch: number;
  readonly path: string;
}

/** `epoch-000012.safetensors`; in the file, nested names are joined with `/`, as in `params/layers.0.linear.weight`. */
export async function writeCheckpoint(folder: string, epoch: number, { arrays, counters }: Checkpoint): Promise<string> {
  demand(Number.isSafeInteger(epoch) && epoch >= 0, folder, 'epoch of a checkpoint must be a whole number from 0', epoch);
  const path = join(folder, `epoch-${String(epoch).padStart(6, '0')}.safetensors`);
  const leaves = flatten(arrays, '');
  const empty = leaves.flatMap(([name, leaf]) => (leaf === null ? [name] : []));
  const tensors = Object.fromEntries(leaves.flatMap(([name, leaf]) => (leaf === null ? [] : [[name, leaf]])));
  await writeTensors(path, tensors, { counters: JSON.stringify(counters), empty: JSON.stringify(empty) });
  return path;
}

/** Reads one checkpoint; a missing or damaged digest, header or counter throws. */
export async function readCheckpoint(path: string): Promise<Checkpoint<StoredTree>> {
  const { tensors, metadata } = await readTensors(path, { digest: 'required' });
  const empty = JSON.parse(metadata['empty'] ?? '[]') as string[];
  const leaves = [...Object.entries(tensors), ...empty.map((name) => [name, {}] as const)];
  return { arrays: nest(leaves), counters: JSON.parse(metadata['counters'] ?? '{}') as Checkpoint['counters'] };
}

/** Checkpoints of a folder, oldest first. Files of other names (temporary ones of a crash) are not looked at. */
export async function listCheckpoints(folder: string): Promise<{ epoch: number; path: string }[]> {
  const found = (await readdir(folder)).map((name) => ({ match: /^epoch-(\d+)\.safetensors$/.exec(name), path: join(folder, name) }));
  return found.flatMap(({ match, path }) => (match ? [{ epoch: Number(match[1]), path }] : [])).sort((a, b) => a.epoch - b.epoch);
}

/** The newest checkpoint that reads without error, and the newer ones that do not with the reason. */
export async function latestCheckpoint(
  folder: string,
): Promise<{ checkpoint: FoundCheckpoint | null; damaged: { path: string; error: BasinlabError }[] }> {
  const damaged: { path: string; error: BasinlabError }[] = [];
  for (const { epoch, path } of (await listCheckpoints(folder)).reverse()) {
    try {
      return { checkpoint: { epoch, path, ...(await readCheckpoint(path)) }, damaged };
    } catch (error) {
      if (!(error instanceof BasinlabError)) throw error;
      damaged.push({ path, error });
    }
  }
  return { checkpoint: null, damaged };
}

/** Leaves with their joined names; an empty record is a leaf too, null. */
function flatten(tree: ArrayTree, prefix: string): (readonly [string, Leaf | null])[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    demand(!name.includes('/') && name !== '', `checkpoint name "${prefix}${name}"`, 'must have parts without "/"', name);
    if (isLeaf(node)) return [[prefix + name, node] as const];
    return Object.keys(node).length === 0 ? [[prefix + name, null] as const] : flatten(node, `${prefix}${name}/`);
  });
}

function nest(leaves: readonly (readonly [string, unknown])[]): StoredTree {
  const root: Record<string, unknown> = {};
  for (const [path, leaf] of leaves) {
    const parts = path.split('/');
    let node = root;
    for (const part of parts.slice(0, -1)) node = (node[part] ??= {}) as Record<string, unknown>;
    node[parts.at(-1)!] = leaf;
  }
  return root as StoredTree;
}

const isLeaf = (node: Leaf | ArrayTree): node is Leaf => ArrayBuffer.isView((node as { data?: unknown }).data);
