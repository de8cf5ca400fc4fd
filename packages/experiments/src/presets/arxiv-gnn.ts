import type { Preset, Variant } from './contract.js';

const variants: readonly Variant[] = [
  { name: 'standard', summary: 'ordinary graph networks', breaking: { id: 'standard' } },
  {
    name: 'w',
    summary: 'W graph networks, 6 fixed weights of deviation 0.5 per unit',
    note: 'the reference also gates the activation of its W network, as sigma does; here it stays gelu',
    breaking: { id: 'w', options: { fixedPerUnit: 6, fixedScale: 0.5 } },
  },
  {
    name: 'sigma',
    summary: 'sigma graph networks, gate of deviation 0.01 / sqrt(256)',
    note: 'with so small a gate the activation is next to x / 2; `--set breaking.options.gateScale=1` is that of MLPs',
    // 0.01 / sqrt(256).
    breaking: { id: 'sigma', options: { gateScale: 0.000625 } },
  },
  { name: 'syre', summary: 'syre graph networks, noise of deviation 0.5', breaking: { id: 'syre', options: { fixedScale: 0.5 } } },
];

/** Every training node of the graph: a step sees all of them. */
const trainingNodes = 90_941;

/** Three steps of mean aggregation on ogbn-arxiv, 256 wide (arXiv 2606.04754: model gnn_arxiv with training gnn). */
export const arxivGnnPresets: readonly Preset[] = variants.map(({ name, summary, note, breaking }) => ({
  id: `arxiv-gnn-${name}`,
  summary,
  reference: ['model/gnn_arxiv'],
  ...(note === undefined ? {} : { note }),
  experiment: {
    dataset: { id: 'ogbn-arxiv' },
    architecture: { id: 'gnn', options: { inputs: 128, widths: [256, 256, 256], outputs: 40, norm: 'batch', activation: 'gelu' } },
    breaking,
    training: {
      models: 2,
      epochs: 500,
      batchSize: trainingNodes,
      learningRate: 1e-3,
      optimizer: { id: 'adamw', options: { weightDecay: 0.01 } },
      schedule: { id: 'linear-warmup', options: { length: 25 } },
    },
  },
  scales: {
    smoke: ['architecture.options.widths=[16,16,16]', 'training.epochs=1', 'training.learningRate=0.01', 'training.schedule.id=constant'],
    small: ['architecture.options.widths=[64,64,64]', 'training.epochs=20', 'training.learningRate=0.01', 'training.schedule.id=constant'],
  },
}));
