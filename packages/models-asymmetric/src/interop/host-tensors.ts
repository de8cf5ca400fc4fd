import type { StoredTensor } from '@basinlab/core/store';

/** A named array in memory, as safetensors files hold them. */
export type HostTensor = Pick<StoredTensor, 'shape' | 'data'>;
/** Arrays by name. */
export type HostTensors = Readonly<Record<string, HostTensor>>;

/** {@link Variables} as arrays: parameters and statistics by spec name, constants as `<parameter>.scale`, `<parameter>.shift`, `<layer>.gate`. */
export interface HostVariables {
  readonly params: HostTensors;
  readonly constants: HostTensors;
  readonly state: HostTensors;
}

/** The numbers as float32; a copy, whatever their type was. */
export const floats = (data: HostTensor['data']): Float32Array<ArrayBuffer> => Float32Array.from(data as ArrayLike<number>, Number);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
