import { BasinlabError } from '@basinlab/core';
import type { Network, StateSpec } from '@basinlab/core';
import { torchModules, torchNamings } from './torch-naming.js';
import type { TorchNaming } from './torch-naming.js';

// Which entries a network has in a PyTorch state dict, with the reference's names of fields:
//   <linear or conv>.weight, bias                  parameters
//   <linear or conv>.mask, normal_mask             constants of w: 1 = trained; the fixed weights in units of the fixed scale
//   <linear or conv>.noise                         constant of syre, in units of the fixed scale
//   <norm>.weight, bias                            parameters; ones and zeros that nothing trains in a linear norm without them
//   <norm>.running_mean, running_var               statistics of BatchNorm
//   <norm>.num_batches_tracked                     a counter of BatchNorm without effect on what is computed here
//   <norm>.scale | inv_std                         what the linear norms multiply by: one number | one per unit
//   <activation>.C                                 gate of sigma

/** What names and shapes of a network depend on. */
export type NetworkLayout = Pick<Network, 'architecture' | 'breaking' | 'params' | 'state' | 'activations'>;

const fields: Readonly<Record<string, string>> = { runningMean: 'running_mean', runningVariance: 'running_var' };

/** Names that an entry may have in PyTorch, the one to write first. */
export interface TorchLayout {
  /** Of `field` in the module of one of our specs. */
  of(name: string, field?: string): readonly string[];
  /** Of `field` in a layer or module that is called so. */
  in(module: string, field: string): readonly string[];
}

/** @throws BasinlabError where the architecture or one of its modules has no name in PyTorch */
export function torchLayout(network: NetworkLayout, names = namingOf(network.architecture)): TorchLayout {
  const naming = { ...names, modules: [...(names.of?.(network) ?? []), ...names.modules] };
  const tracked = new Set(network.state.filter(isRunning).map(({ name }) => splitName(name).module));
  const inModule = (module: string, field: string): readonly string[] => {
    const modules = torchModules(naming, module, { batchNorm: tracked.has(module) });
    if (modules.length > 0) return modules.map((name) => `${name}.${field}`);
    throw new BasinlabError('state dict', `a name in PyTorch for ${module} of ${network.architecture}`, 'none in its table');
  };
  return {
    in: inModule,
    of: (name, field) => {
      const own = splitName(name);
      return inModule(own.module, field ?? fields[own.field] ?? own.field);
    },
  };
}

function namingOf(architecture: string): TorchNaming {
  const naming = torchNamings.find((known) => known.architecture === architecture);
  if (naming !== undefined) return naming;
  const known = torchNamings.map((other) => other.architecture).join(', ');
  throw new BasinlabError('state dict', `an architecture with names in PyTorch: ${known}`, architecture, { exitCode: 2 });
}

const isRunning = ({ name }: Pick<StateSpec, 'name'>): boolean => splitName(name).field in fields;

/** `layers.0.linear.weight` -> module `layers.0.linear`, field `weight`. */
export function splitName(name: string): { module: string; field: string } {
  const dot = name.lastIndexOf('.');
  return { module: name.slice(0, dot), field: name.slice(dot + 1) };
}
