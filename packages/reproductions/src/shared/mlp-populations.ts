import type { PopulationRequest } from '@basinlab/core';
import { z } from 'zod';

/** Short for the shape of MLPs in figures that train some: `--set model.width=256`. */
export const modelSchema = z.strictObject({
  /** Units of every hidden layer. */
  width: z.number().int().positive(),
  /** Hidden layers. */
  depth: z.number().int().positive(),
});
export type ModelShape = z.output<typeof modelSchema>;

/** The paper's MLPs on MNIST. */
export const paperShape: ModelShape = { width: 512, depth: 3 };

/** The populations of the paper's figures on MNIST by name, with the preset of each. */
export const mnistPopulations = {
  standard: { labels: { breaking: 'standard', fixedScale: null }, preset: 'mnist-mlp-standard' },
  pruned: { labels: { breaking: 'w', fixedScale: 0 }, preset: 'mnist-mlp-w-pruned' },
  w: { labels: { breaking: 'w', fixedScale: 1 }, preset: 'mnist-mlp-w' },
  syre: { labels: { breaking: 'syre', fixedScale: 1 }, preset: 'mnist-mlp-syre' },
} as const satisfies Readonly<Record<string, PopulationRequest>>;

/**
 * Overrides that give an MLP another shape than the paper's. W networks keep their shares of fixed weights: 64 of the inputs, an eighth of a hidden width and
 * half of the last.
 */
export function shapeOverrides({ width, depth }: ModelShape, { labels }: PopulationRequest): string[] {
  if (width === paperShape.width && depth === paperShape.depth) return [];
  const hidden = Array.from({ length: depth - 1 }, () => Math.floor(width / 8));
  const fixed = [64, ...hidden, Math.floor(width / 2)];
  return [
    `architecture.options.widths=${JSON.stringify(Array.from({ length: depth }, () => width))}`,
    ...(labels['breaking'] === 'w' ? [`breaking.options.fixedPerUnit=${JSON.stringify(fixed)}`] : []),
  ];
}
