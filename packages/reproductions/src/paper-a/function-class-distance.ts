import type { Reproduction } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { mnistPopulations, modelSchema, paperShape, shapeOverrides } from '../shared/mlp-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  model: modelSchema,
  samples: z.number().int().min(2),
  /** Of neurons per layer, drawn at random. */
  pairs: z.number().int().positive(),
  /** Norm that a neuron's trained weights may have. */
  budget: z.number().positive(),
  layers: z.array(z.string()).min(1),
});
type Settings = z.output<typeof settings>;

const by = ['breaking', 'fixedScale', 'layer'];
const quantity = 'Hausdorff distance of function classes';

/** How far apart the function classes of a layer's neurons are: the box plot for which the paper publishes no script. */
export const functionClassDistance: Reproduction<Settings> = {
  id: 'function-class-distance',
  title: 'Distances between function classes of neurons',
  paper: papers.A,
  where: 'box plot',
  summary: 'Hausdorff distance between the function classes of neurons of MNIST MLPs',
  cost: 'the trained populations of mnist-mlp-lmc, then minutes',
  settings,
  scale: (scale): Settings => {
    const layers = ['layers.0', 'layers.1', 'layers.2'];
    switch (scale) {
      case 'paper':
        return { seed: 1, model: paperShape, samples: 10_000, pairs: 200, budget: 1, layers };
      case 'small':
        return { seed: 1, model: paperShape, samples: 2_000, pairs: 25, budget: 1, layers };
      case 'smoke':
        return { seed: 1, model: { ...paperShape, width: 64 }, samples: 200, pairs: 4, budget: 1, layers };
      default:
        return scale satisfies never;
    }
  },
  populations: ({ model }) =>
    Object.values(mnistPopulations).map((population) => ({ ...population, set: shapeOverrides(model, population) })),
  measurements: ({ samples, pairs, budget, layers }) => [
    { measurements: [{ id: 'function-class-distance', options: { pairs, budget, layers } }], splits: ['train'], samples },
  ],
  summarize: ({ 'function-class-distance': distances }) => aggregate(distances!.rows, { quantity, value: 'distance', by }),
  across: 'layer',
  claims: [
    {
      statement: 'fixed weights set the function classes of neurons apart',
      paper: 'a box plot without a published script or numbers',
      rule: 'standard networks have distance 0, and W and syre networks with fixed scale 1 more than W networks with 0, in every layer',
      check({ rows }, { layers }) {
        const of = (breaking: string, fixedScale: number | null) =>
          layers.map((layer) => numberAt(rows, quantity, { breaking, fixedScale, layer }) ?? NaN);
        const [plain, pruned, w, syre] = [of('standard', null), of('w', 0), of('w', 1), of('syre', 1)];
        const holds = layers.every((_, at) => plain[at] === 0 && w[at]! > pruned[at]! && syre[at]! > pruned[at]!);
        const listed = (values: readonly number[]) => values.map((value) => value.toFixed(2)).join('/');
        return { ours: `standard ${listed(plain)}, W 0 ${listed(pruned)}, W 1 ${listed(w)}, syre ${listed(syre)}`, holds };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'function-class-distance', kind: 'boxes', title: 'Distances between function classes', x: 'layer', y: 'distance' },
      ...{ facet: ['breaking', 'fixedScale'] },
      caption: 'Pairs of neurons drawn at random; trained weights of norm at most the budget.',
    },
  ],
};
