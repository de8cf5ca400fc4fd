import { BasinlabError, demand } from '@basinlab/core';
import { atLayer } from '../breakings/per-layer.js';
import type { PerLayer } from '../breakings/per-layer.js';
import { floats } from './host-tensors.js';
import type { HostTensor, HostTensors, HostVariables } from './host-tensors.js';
import { splitName, torchLayout } from './layout.js';
import type { NetworkLayout } from './layout.js';
import type { TorchNaming } from './torch-naming.js';

/** Names, and whether fixed weights are scaled in. */
export interface StateDictOptions {
  /**
   * The reference's `mask_constant`, which its state dicts do not hold: fixed weights and noise are stored in units of it. Default 1: then
   * the network that reads the file must be built with 1.
   */
  readonly fixedScale?: PerLayer;
  /** Names of modules. Default: the reference's, for architectures that it has. */
  readonly naming?: TorchNaming;
}

const floor = 1e-12;

/**
 * A network's variables as a PyTorch state dict with the reference's names; see `layout.ts` for the entries. Fixed weights of entries that
 * are trained do not exist here: `normal_mask` is 0 there. Counters of batches are 0.
 * @throws BasinlabError where a variable is missing, the fixed scale is 0 though fixed weights are not, or there are constants without a name there
 */
export function toStateDict(network: NetworkLayout, variables: HostVariables, options: StateDictOptions = {}): Record<string, HostTensor> {
  const { fixedScale = 1, naming } = options;
  const layout = torchLayout(network, naming);
  const entries: Record<string, HostTensor> = {};
  const write = ([name]: readonly string[], shape: readonly number[], data: HostTensor['data']): void => {
    entries[name!] = { shape, data };
  };
  for (const { name, shape } of network.params) write(layout.of(name), shape, floats(given(variables.params, name).data));
  for (const { name, shape, init } of network.state) {
    const data = floats(given(variables.state, name).data);
    const { module, field } = splitName(name);
    if (typeof init === 'number') {
      write(layout.of(name), shape, data);
      if (field === 'runningMean') write(layout.in(module, 'num_batches_tracked'), [], new BigInt64Array(1));
      continue;
    }
    if (init.pooled === true) write(layout.in(module, 'scale'), [], linearScale(data, true));
    else write(layout.in(module, 'inv_std'), shape, linearScale(data, false));
    if (variables.params[`${module}.weight`] !== undefined) continue;
    write(layout.in(module, 'weight'), shape, new Float32Array(data.length).fill(1));
    write(layout.in(module, 'bias'), shape, new Float32Array(data.length));
  }
  const weights = network.params.filter(({ role }) => role === 'weight').map(({ name }) => name);
  weights.forEach((name, layer) => {
    const [scale, shift] = [variables.constants[`${name}.scale`], variables.constants[`${name}.shift`]];
    const unit = () => atLayer('state dict', 'fixedScale', fixedScale, { layer, layers: weights.length, weights });
    if (scale !== undefined) {
      write(layout.of(name, 'mask'), scale.shape, floats(scale.data));
      const fixed = shift === undefined ? new Float32Array(scale.data.length) : inUnits(name, floats(shift.data), unit());
      write(layout.of(name, 'normal_mask'), scale.shape, fixed);
    } else if (shift !== undefined) write(layout.of(name, 'noise'), shift.shape, inUnits(name, floats(shift.data), unit()));
  });
  const named = [
    ...weights.flatMap((name) => [`${name}.scale`, `${name}.shift`]),
    ...network.activations.map(({ layer }) => `${layer}.gate`),
  ];
  const nameless = Object.keys(variables.constants).filter((name) => !named.includes(name));
  const remedy = 'Export the standard network: constants are absorbed there.';
  demand(nameless.length === 0, 'state dict', 'constants of weights and activations only', nameless.join(', '), remedy);
  for (const { layer } of network.activations) {
    const gate = variables.constants[`${layer}.gate`];
    if (gate !== undefined) write(layout.in(layer, 'C'), gate.shape, floats(gate.data));
  }
  return entries;
}

function given(tensors: HostTensors, name: string): HostTensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new BasinlabError('state dict', `a value of ${name}`, 'none');
  return tensor;
}

function inUnits(name: string, shift: Float32Array, scale: number): Float32Array {
  if (scale !== 0) return shift.map((value) => value / scale);
  demand(
    shift.every((value) => value === 0),
    'state dict',
    `a fixed scale of ${name} other than 0, since its fixed weights are not 0`,
    0,
  );
  return shift;
}

/** What the linear norms multiply by, from the variances at initialisation. */
function linearScale(variances: Float32Array, pooled: boolean): Float32Array {
  if (!pooled) return variances.map((variance) => 1 / Math.sqrt(variance + floor));
  const mean = variances.reduce((sum, variance) => sum + variance, 0) / variances.length;
  return Float32Array.of(1 / Math.sqrt((1 - 1 / variances.length) * mean + floor));
}
