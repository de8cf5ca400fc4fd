import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/tensor';
import type { ArrayTree } from './checkpoint.js';
import type { StoredTensor } from './safetensors/index.js';

interface TensorRecord {
  readonly [name: string]: Tensor | TensorRecord;
}

/** Tensors in nested records -> arrays of the same structure: float32 as F32, int32 as I32, bool as BOOL. All downloads run at once. */
export async function downloadTensors(tree: TensorRecord): Promise<ArrayTree> {
  const entries = Object.entries(tree).map(
    async ([name, node]) => [name, await (node instanceof tf.Tensor ? download(name, node) : downloadTensors(node))] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function download(name: string, tensor: Tensor) {
  const { dtype, shape } = tensor;
  demand(dtype === 'float32' || dtype === 'int32' || dtype === 'bool', `tensor "${name}"`, 'dtype must be float32, int32 or bool', dtype);
  const data = (await tensor.data()) as Float32Array | Int32Array | Uint8Array;
  return { dtype: ({ float32: 'F32', int32: 'I32', bool: 'BOOL' } as const)[dtype], shape, data };
}

/** Arrays keyed by name -> tensors on the current engine: F32, F16 and BF16 as float32, I32 as int32, BOOL as bool; other types are refused. */
export function uploadTensors(arrays: Readonly<Record<string, StoredTensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { dtype, shape, data }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape], tensorType(name, dtype)),
    ]),
  );
}

function tensorType(name: string, dtype: string): 'float32' | 'int32' | 'bool' {
  const known = ({ F32: 'float32', F16: 'float32', BF16: 'float32', I32: 'int32', BOOL: 'bool' } as const)[dtype];
  demand(known !== undefined, `tensor "${name}"`, 'stored type must be F32, F16, BF16, I32 or BOOL to become a tensor', dtype);
  return known;
}
