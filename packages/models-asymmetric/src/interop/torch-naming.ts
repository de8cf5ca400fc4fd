import type { Network } from '@basinlab/core';

/** One row of the table of module names: `#` stands for a number, in both the same in order; `#+1` for one more, where the other counts from 0. */
export interface TorchModule {
  readonly ours: string;
  readonly torch: string;
  /** Preferred for modules with running statistics. */
  readonly batchNorm?: true;
}

/** What the modules of an architecture are called in PyTorch. Of several rows for one module the first is written and all are read. */
export interface TorchNaming {
  readonly architecture: string;
  readonly modules: readonly TorchModule[];
  /** Rows that depend on the network, before the others. */
  of?(network: Pick<Network, 'activations'>): readonly TorchModule[];
}

/** Names of the PyTorch code of arXiv 2606.04754. */
export const mlpNaming: TorchNaming = {
  architecture: 'mlp',
  modules: [
    { ours: 'layers.#.linear', torch: 'lins.#' },
    { ours: 'layers.#.norm', torch: 'norms.#' },
    { ours: 'layers.#', torch: 'activations.#' },
  ],
};

/** Names of the same code, which are those of the usual ResNets for CIFAR but for `ln`; it has no gates, their names (`act`) are ours. */
export const resnetNaming: TorchNaming = {
  architecture: 'resnet',
  modules: [
    { ours: 'stem.conv', torch: 'conv1' },
    { ours: 'stem.norm', torch: 'ln1' },
    { ours: 'stem.norm', torch: 'bn1', batchNorm: true },
    { ours: 'stem', torch: 'act1' },
    { ours: 'stages.#.blocks.#.first.conv', torch: 'layer#+1.#.conv1' },
    { ours: 'stages.#.blocks.#.first.norm', torch: 'layer#+1.#.ln1' },
    { ours: 'stages.#.blocks.#.first.norm', torch: 'layer#+1.#.bn1', batchNorm: true },
    { ours: 'stages.#.blocks.#.first', torch: 'layer#+1.#.act1' },
    { ours: 'stages.#.blocks.#.second.conv', torch: 'layer#+1.#.conv2' },
    { ours: 'stages.#.blocks.#.second.norm', torch: 'layer#+1.#.ln2' },
    { ours: 'stages.#.blocks.#.second.norm', torch: 'layer#+1.#.bn2', batchNorm: true },
    { ours: 'stages.#.blocks.#.second', torch: 'layer#+1.#.act2' },
    { ours: 'stages.#.blocks.#.shortcut.conv', torch: 'layer#+1.#.shortcut.0' },
    { ours: 'stages.#.blocks.#.shortcut.norm', torch: 'layer#+1.#.shortcut.1' },
    { ours: 'head.linear', torch: 'linear' },
  ],
};

/** Names of the same code's graph networks; the linear layer after the hidden ones has a name of its own. */
export const gnnNaming: TorchNaming = {
  architecture: 'gnn',
  of: ({ activations }) => [{ ours: `layers.${activations.length}.linear`, torch: 'lin' }],
  modules: [
    { ours: 'layers.#.linear', torch: 'convs.#.mlp.0' },
    { ours: 'layers.#.norm', torch: 'convs.#.mlp.1' },
    { ours: 'layers.#', torch: 'convs.#.mlp.2' },
  ],
};

/** Names of every architecture that has any: add a new one here. */
export const torchNamings: readonly TorchNaming[] = [mlpNaming, resnetNaming, gnnNaming];

/** PyTorch's names of one of our modules, the preferred one first; none where the table has no row. */
export function torchModules({ modules }: TorchNaming, ours: string, { batchNorm = false } = {}): string[] {
  const rows = [...modules].sort((a, b) => Number((b.batchNorm ?? false) === batchNorm) - Number((a.batchNorm ?? false) === batchNorm));
  return rows.flatMap((row) => translate(ours, row.ours, row.torch) ?? []);
}

/** Our name of a PyTorch module; null where the table has no row. */
export function ownModule({ modules }: TorchNaming, torch: string): string | null {
  for (const row of modules) {
    const ours = translate(torch, row.torch, row.ours);
    if (ours !== null) return ours;
  }
  return null;
}

const number = /#(\+1)?/g;

function translate(name: string, from: string, to: string): string | null {
  const literals = from.split(/#(?:\+1)?/).map((part) => part.replaceAll('.', '\\.'));
  const match = new RegExp(`^${literals.join('(\\d+)')}$`).exec(name);
  if (match === null) return null;
  const offsets = Array.from(from.matchAll(number), ([, plus]) => (plus === undefined ? 0 : 1));
  const numbers = match.slice(1).map((digits, i) => Number(digits) - offsets[i]!);
  if (numbers.some((n) => n < 0)) return null;
  const rest = numbers[Symbol.iterator]();
  return to.replace(number, (_, plus?: string) => String(rest.next().value! + (plus === undefined ? 0 : 1)));
}
