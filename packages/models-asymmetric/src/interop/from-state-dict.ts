import { BasinlabError } from '@basinlab/core';
import { atLayer } from '../breakings/per-layer.js';
import { floats, sizeOf } from './host-tensors.js';
import type { HostTensor, HostTensors, HostVariables } from './host-tensors.js';
import { splitName, torchLayout } from './layout.js';
import type { NetworkLayout } from './layout.js';
import type { StateDictOptions } from './to-state-dict.js';

/** Whether entries that nobody asked for are an error. */
export interface FromStateDictOptions extends StateDictOptions {
  /** False: entries that the network does not have are ignored, and running or frozen statistics may be missing. Default true. */
  readonly strict?: boolean;
}

type Taken = Record<'params' | 'constants' | 'state', Record<string, HostTensor>>;

const floor = 1e-12;

/**
 * A network's variables from a PyTorch state dict with the reference's names; see `layout.ts` for the entries. Prefixes that wrappers put
 * before every name (`module.`, `_orig_mod.`) are dropped. What belongs to the breaking must be there and nothing else: a standard network
 * takes no masks. For a breaking that the reference does not have, masks, noise and gates are taken as they come.
 * @throws BasinlabError that names missing, unexpected and misshaped entries
 */
export function fromStateDict(network: NetworkLayout, tensors: HostTensors, options: FromStateDictOptions = {}): HostVariables {
  const { fixedScale = 1, strict = true, naming } = options;
  const layout = torchLayout(network, naming);
  const entries = withoutPrefixes(tensors);
  const reader = readerOf(entries);
  const statistics = strict ? reader.take : reader.optional;
  const found: Taken = { params: {}, constants: {}, state: {} };
  const expects = constantsOf(network.breaking);

  for (const { name, shape } of network.params) found.params[name] = reader.take(layout.of(name), shape);
  for (const { name, shape, init } of network.state) {
    const { module } = splitName(name);
    let value: HostTensor | undefined;
    if (typeof init === 'number') {
      value = statistics(layout.of(name), shape);
      reader.ignore(layout.of(name, 'num_batches_tracked'));
    } else {
      const pooled = init.pooled === true;
      const scale = statistics(layout.of(name, pooled ? 'scale' : 'inv_std'), pooled ? [] : shape);
      value = scale && { shape, data: variances(floats(scale.data), sizeOf(shape), pooled) };
      if (found.params[`${module}.weight`] === undefined) {
        reader.constant(layout.in(module, 'weight'), 1);
        reader.constant(layout.in(module, 'bias'), 0);
      }
    }
    if (value !== undefined) found.state[name] = value;
  }

  const weights = network.params.filter(({ role }) => role === 'weight');
  const names = weights.map(({ name }) => name);
  weights.forEach(({ name, shape }, layer) => {
    const unit = () => atLayer('state dict', 'fixedScale', fixedScale, { layer, layers: names.length, weights: names });
    if (expects.mask || (expects.other && reader.has(layout.of(name, 'mask')))) {
      const mask = floats(reader.take(layout.of(name, 'mask'), shape).data);
      const pattern = floats(reader.take(layout.of(name, 'normal_mask'), shape).data);
      const scale = unit();
      found.constants[`${name}.scale`] = { shape, data: mask };
      found.constants[`${name}.shift`] = { shape, data: pattern.map((value, i) => (1 - mask[i]!) * scale * value) };
    } else if (expects.noise || (expects.other && reader.has(layout.of(name, 'noise')))) {
      const scale = unit();
      const noise = floats(reader.take(layout.of(name, 'noise'), shape).data);
      found.constants[`${name}.shift`] = { shape, data: noise.map((value) => scale * value) };
    }
  });
  for (const { layer, units } of network.activations) {
    if (!expects.gate && !expects.other) continue;
    const at = layout.in(layer, 'C');
    if (expects.gate || reader.has(at)) found.constants[`${layer}.gate`] = reader.take(at, [units, units]);
  }

  reader.finish(network, strict);
  return found;
}

interface Expected {
  readonly mask: boolean;
  readonly noise: boolean;
  readonly gate: boolean;
  /** A breaking of someone else's. */
  readonly other: boolean;
}

function constantsOf(breaking: string): Expected {
  const plain = breaking === 'standard' || breaking.endsWith('-initialisation');
  const is = (id: string): boolean => breaking === id;
  return { mask: is('w'), noise: is('syre'), gate: is('sigma'), other: !plain && !is('w') && !is('syre') && !is('sigma') };
}

/** Takes entries out of a state dict and keeps account of what does not fit. */
function readerOf(entries: HostTensors) {
  const used = new Set<string>();
  const problems: string[] = [];
  const find = (names: readonly string[]): string | undefined => names.find((name) => Object.hasOwn(entries, name));
  const optional = (names: readonly string[], shape: readonly number[]): HostTensor | undefined => {
    const name = find(names);
    if (name === undefined) return undefined;
    used.add(name);
    const entry = entries[name]!;
    // A scalar may be stored as one number in a list.
    const fits = entry.shape.join() === shape.join() || (shape.length === 0 && entry.data.length === 1);
    if (!fits) problems.push(`${name} of shape [${entry.shape.join(', ')}] where [${shape.join(', ')}] is needed`);
    return { shape, data: floats(entry.data) };
  };
  return {
    has: (names: readonly string[]) => find(names) !== undefined,
    optional,
    take(names: readonly string[], shape: readonly number[]): HostTensor {
      const value = optional(names, shape);
      if (value === undefined) problems.push(`${names.join(' or ')} missing`);
      return value ?? { shape, data: new Float32Array(sizeOf(shape)) };
    },
    ignore: (names: readonly string[]) => names.forEach((name) => used.add(name)),
    /** Entries that this network does not have, because it uses this value. */
    constant(names: readonly string[], value: number) {
      const name = find(names);
      if (name === undefined) return;
      used.add(name);
      if (floats(entries[name]!.data).some((other) => other !== value))
        problems.push(`${name} other than ${value}, which this network takes it to be`);
    },
    finish({ architecture, breaking }: NetworkLayout, strict: boolean) {
      const left = strict ? Object.keys(entries).filter((name) => !used.has(name)) : [];
      const all = [...problems, ...left.map((name) => `${name} unexpected`)];
      if (all.length === 0) return;
      const shown = all.slice(0, 6).join('; ') + (all.length > 6 ? `; and ${all.length - 6} more` : '');
      throw new BasinlabError('state dict', `the entries of this network (architecture ${architecture}, breaking ${breaking})`, shown, {
        exitCode: 2,
        remedy: remedyFor(left),
      });
    },
  };
}

function remedyFor(unexpected: readonly string[]): string {
  const hint = (ending: string, breaking: string): string | undefined =>
    unexpected.some((name) => name.endsWith(ending)) ? `Masks and the like belong to another breaking: try ${breaking}.` : undefined;
  const options = 'Give the options with which it was trained: sizes, norm, breaking.';
  return hint('.normal_mask', 'w') ?? hint('.noise', 'syre') ?? hint('.C', 'sigma') ?? options;
}

/** Variances at initialisation from what the linear norms multiply by; of a pooled one only the mean is known, and counts. */
function variances(scale: Float32Array, units: number, pooled: boolean): Float32Array {
  if (!pooled) return scale.map((value) => value ** -2 - floor);
  return new Float32Array(units).fill((scale[0]! ** -2 - floor) / (1 - 1 / units));
}

const wrappers = ['module.', '_orig_mod.'];

function withoutPrefixes(tensors: HostTensors): HostTensors {
  const names = Object.keys(tensors);
  const prefix = wrappers.find((wrapper) => names.length > 0 && names.every((name) => name.startsWith(wrapper)));
  if (prefix === undefined) return tensors;
  return withoutPrefixes(Object.fromEntries(names.map((name) => [name.slice(prefix.length), tensors[name]!])));
}
