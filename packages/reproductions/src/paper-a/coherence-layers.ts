import type { PopulationRequest, Reproduction } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import { mnistPopulations, modelSchema, paperShape, shapeOverrides } from '../shared/mlp-populations.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  model: modelSchema,
  samples: z.number().int().min(2),
  epochs: z.array(z.number().int().nonnegative()).min(1),
});
type Settings = z.output<typeof settings>;

const by = ['data', 'breaking', 'fixedScale', 'layer'];
/** W networks: on those the mask makes neurons anisotropic. Standard ones beside them. */
const shown = ['standard', 'pruned', 'w'] as const;

const populations: readonly PopulationRequest[] = [
  ...shown.map((name) => ({ ...mnistPopulations[name], labels: { data: 'mnist', ...mnistPopulations[name].labels } })),
  ...shown.map((name) => ({
    labels: { data: 'rotated', ...mnistPopulations[name].labels },
    preset: mnistPopulations[name].preset.replace('mnist-mlp', 'mnist-rotated-mlp'),
  })),
];

/** Coherence of the inputs of every layer and anisotropy of its neurons, over training, on MNIST and on MNIST rotated to the least coherence. */
export const coherenceLayers: Reproduction<Settings> = {
  id: 'coherence-layers',
  title: 'Coherence and anisotropy by layer',
  paper: papers.A,
  where: 'coherence and anisotropy',
  summary: 'subspace coherence and the anisotropy bound by layer and epoch; MNIST rotated to a target coherence',
  cost: 'on 2 cores: smoke < 1 min, small 4 min, paper hours of training, then minutes',
  settings,
  scale: (scale): Settings => {
    switch (scale) {
      case 'paper':
        return { seed: 1, model: paperShape, samples: 54_000, epochs: Array.from({ length: 21 }, (_, step) => 5 * step) };
      case 'small':
        return { seed: 1, model: paperShape, samples: 54_000, epochs: [0, 4] };
      case 'smoke':
        return { seed: 1, model: { ...paperShape, width: 32 }, samples: 500, epochs: [0, 1] };
      default:
        return scale satisfies never;
    }
  },
  populations: ({ model }) => populations.map((population) => ({ ...population, set: shapeOverrides(model, population) })),
  measurements: ({ samples, epochs }) => [{ measurements: [{ id: 'subspace-coherence' }], splits: ['train'], samples, epochs }],
  summarize({ 'subspace-coherence': found, models }, { epochs }) {
    const atEnd = found!.rows.filter(({ epoch }) => epoch === Math.max(...epochs));
    const ofLayer = { by, where: { violation: null } };
    return [
      ...aggregate(atEnd, {
        ...{ quantity: 'dimension of 90% of the variance', value: 'dimension' },
        ...ofLayer,
        paper: ({ data, layer }) => (data === 'mnist' && layer === 'layers.0' ? 87 : null),
      }),
      ...aggregate(atEnd, {
        ...{ quantity: 'coherence', value: 'coherence' },
        ...ofLayer,
        paper: ({ data, layer }) => (data === 'rotated' && layer === 'layers.0' ? 0.111 : null),
      }),
      ...aggregate(atEnd, { quantity: 'largest anisotropy', value: 'greatestAnisotropy', ...ofLayer }),
      ...aggregate(atEnd, { quantity: 'share of neurons above the bound at 5%', value: 'above', by, where: { violation: 0.05 } }),
      ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: by.slice(0, 3) }),
    ];
  },
  across: 'layer',
  claims: [
    {
      statement: '87 directions hold 90% of the variance of MNIST',
      paper: 'k = 87, k / d = 0.111',
      rule: 'between 85 and 89 on the training split',
      check({ rows }) {
        const found = numberAt(rows, 'dimension of 90% of the variance', { data: 'mnist', breaking: 'standard', layer: 'layers.0' });
        return { ours: String(found ?? 'not measured'), holds: found === undefined ? null : found >= 85 && found <= 89 };
      },
    },
    {
      statement: 'a rotation brings MNIST to the least coherence',
      paper: '0.111',
      rule: 'coherence of the first layer within 0.01 of 0.111, on the whole training split: on 10,000 of its images the subspace is another, and its coherence 0.205',
      check({ rows }) {
        const found = numberAt(rows, 'coherence', { data: 'rotated', breaking: 'standard', layer: 'layers.0' });
        return { ours: found?.toFixed(4) ?? 'not measured', holds: found === undefined ? null : Math.abs(found - 0.111) < 0.01 };
      },
    },
    {
      statement: 'the anisotropy of neurons stays under the matrix Bernstein bound',
      paper: 'with probability 1 - delta',
      rule: 'at delta = 5%, no more than 5% of the neurons of any layer are above it',
      check({ rows }) {
        const shares = rows.filter(({ quantity }) => quantity === 'share of neurons above the bound at 5%').map(({ mean }) => mean);
        const most = Math.max(...shares);
        return { ours: `at most ${(100 * most).toFixed(1)}%`, holds: shares.length === 0 ? null : most <= 0.05 };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'subspace-coherence', kind: 'lines', title: 'Coherence over training', x: 'epoch', y: 'coherence', series: 'layer' },
      ...{ where: { violation: null }, facet: ['data', 'breaking', 'fixedScale'] },
      caption: 'Inputs of every layer; mean over models.',
    },
    {
      ...{
        table: 'subspace-coherence',
        kind: 'lines',
        title: 'Anisotropy over training',
        x: 'epoch',
        y: 'greatestAnisotropy',
        series: 'layer',
      },
      ...{ where: { violation: null }, facet: ['data', 'breaking', 'fixedScale'] },
      caption: 'The largest of a neuron of the layer.',
    },
    {
      ...{ table: 'subspace-coherence', kind: 'lines', title: 'Matrix Bernstein bound', x: 'violation', y: 'bound', series: 'layer' },
      ...{ facet: ['data', 'breaking', 'fixedScale'] },
      caption: 'By the probability with which a neuron may be above it.',
    },
  ],
};
