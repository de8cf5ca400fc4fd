import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '@basinlab/core';
import type { Network, Tensors, Variables } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { mlp } from '../architectures/mlp.js';
import { resnet } from '../architectures/resnet.js';
import { sigma } from '../breakings/sigma.js';
import { standard } from '../breakings/standard.js';
import { syre } from '../breakings/syre.js';
import { w } from '../breakings/w.js';
import type { HostTensors, HostVariables } from './host-tensors.js';

/** A network as the files of `fixtures/torch_networks.py` describe it. */
export interface Described {
  readonly architecture: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly breaking: string;
  readonly fixedScale: readonly number[];
}

export function networkOf({ architecture, options, breaking, fixedScale }: Described): Network {
  const shape = architecture === 'mlp' ? { architecture: mlp, options } : { architecture: resnet, options };
  if (breaking === 'w') return buildNetwork({ ...shape, breaking: w, breakingOptions: { fixedPerUnit: 1, fixedScale } } as never);
  if (breaking === 'syre') return buildNetwork({ ...shape, breaking: syre, breakingOptions: { fixedScale } } as never);
  return buildNetwork({ ...shape, breaking: breaking === 'sigma' ? sigma : standard } as never);
}

export const upload = ({ params, constants, state }: HostVariables): Variables => {
  const tensors = (record: HostTensors): Tensors =>
    Object.fromEntries(Object.entries(record).map(([name, { shape, data }]) => [name, tf.tensor(data as Float32Array, [...shape])]));
  return { params: tensors(params), constants: tensors(constants), state: tensors(state) };
};

export const download = ({ params, constants, state }: Variables): HostVariables => {
  const arrays = (record: Tensors): HostTensors =>
    Object.fromEntries(Object.entries(record).map(([name, x]) => [name, { shape: x.shape, data: x.dataSync() as Float32Array }]));
  return { params: arrays(params), constants: arrays(constants), state: arrays(state) };
};

/** Variables in which norms and statistics differ between units. */
export function sampleVariables(network: Network): HostVariables {
  const fresh = download(network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) }));
  const spread = (record: HostTensors): HostTensors =>
    Object.fromEntries(
      Object.entries(record).map(([name, { shape, data }], index) => {
        const noise = normal(keyFromSeed(10 + index), data.length);
        return [name, { shape, data: Float32Array.from(noise, (value, i) => Number(data[i]) + 0.1 * Math.abs(value)) }];
      }),
    );
  return { params: spread(fresh.params), constants: fresh.constants, state: spread(fresh.state) };
}
