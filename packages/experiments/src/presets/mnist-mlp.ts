import type { Preset, Variant } from './contract.js';

/** Fixed weights per unit of the four layers, of 784, 512, 512 and 512 inputs. */
const fixedPerUnit = [64, 64, 64, 256];
const scalePerLayer = [1, 1, 0.5, 0.25];
const w = (fixedScale: number | number[]) => ({ id: 'w', options: { fixedPerUnit, fixedScale } });
const syre = (fixedScale: number | number[]) => ({ id: 'syre', options: { fixedScale } });
const both = (name: string) => [name, `${name}_noInterpolation`];

/** Symmetry breakings of the paper's MLPs. */
export const mlpVariants = {
  standard: { name: 'standard', summary: 'ordinary networks', breaking: { id: 'standard' } },
  wPruned: { name: 'w-pruned', summary: 'W networks whose fixed weights are 0', breaking: w(0) },
  w: { name: 'w', summary: 'W networks, fixed weights of deviation 1', breaking: w(1) },
  syre: { name: 'syre', summary: 'syre networks, noise of deviation 1', breaking: syre(1) },
} as const satisfies Record<string, Variant>;

type Norm = 'layer' | 'batch' | 'none';
interface MlpVariant extends Variant {
  readonly norm?: Norm;
}

const variants: readonly MlpVariant[] = [
  { ...mlpVariants.standard, reference: both('mlp_symmetry0') },
  { ...mlpVariants.wPruned, reference: both('mlp_symmetry1_kappa0') },
  { ...mlpVariants.w, reference: both('mlp_symmetry1_kappa1') },
  {
    name: 'w-scale-per-layer',
    summary: 'W networks, fixed weights of deviation 1, 1, 0.5 and 0.25',
    reference: ['mlp_symmetry1_kappaPerLayer_noInterpolation', 'model/mlp_mnist'],
    breaking: w(scalePerLayer),
  },
  { name: 'sigma', summary: 'sigma networks', reference: ['mlp_symmetry2'], breaking: { id: 'sigma' } },
  { ...mlpVariants.syre, reference: ['mlp_symmetry3_kappa1_noInterpolation'] },
  {
    name: 'syre-no-noise',
    summary: 'syre networks whose noise is 0: a check, they are ordinary networks',
    reference: ['mlp_symmetry3_kappa0_noInterpolation'],
    note: 'initialised as syre networks are, not as standard ones',
    breaking: syre(0),
  },
  {
    name: 'syre-scale-per-layer',
    summary: 'syre networks, noise of deviation 1, 1, 0.5 and 0.25',
    reference: ['mlp_symmetry3_kappaPerLayer_noInterpolation'],
    breaking: syre(scalePerLayer),
  },
  {
    name: 'standard-no-norm',
    summary: 'ordinary networks without norms',
    reference: ['mlp_symmetry0_noNorm_noInterpolation'],
    norm: 'none',
    breaking: { id: 'standard' },
  },
  { name: 'w-no-norm', summary: 'W networks without norms, fixed weights of deviation 1', norm: 'none', breaking: w(1) },
  {
    name: 'w-scale-per-layer-no-norm',
    summary: 'W networks without norms, fixed weights of deviation 1, 1, 0.5 and 0.25',
    norm: 'none',
    breaking: w(scalePerLayer),
  },
  {
    name: 'w-initialisation-only',
    summary: 'ordinary networks that start where W networks do (asym_init_only)',
    breaking: { ...w(1), initialisationOnly: true },
  },
  {
    name: 'syre-initialisation-only',
    summary: 'ordinary networks that start where syre networks do (asym_init_only)',
    breaking: { ...syre(1), initialisationOnly: true },
  },
  ...Object.values(mlpVariants).map((variant): MlpVariant => ({
    ...variant,
    name: `${variant.name}-batch-norm`,
    summary: `${variant.summary}, with batch norm: for realization costs`,
    norm: 'batch',
  })),
];

const limits = (train: number, other: number) => `dataset.options.limit=${JSON.stringify({ train, validation: other, test: other })}`;

/** Sizes of MLPs on images of 28 x 28. `small` raises the rate and lets it fall: with so few epochs a constant 1e-3 leaves syre behind. */
export const mlpScales = {
  smoke: ['training.models=2', 'training.epochs=1', limits(2560, 500)],
  small: [
    'training.models=2',
    'training.epochs=4',
    'training.learningRate=0.003',
    'training.schedule.id=cosine',
    'training.schedule.options.length=4',
  ],
};

/** The training of the paper's MLPs: 16 models that share their fixed weights. */
export const mlpTraining = {
  models: 16,
  epochs: 100,
  batchSize: 64,
  learningRate: 1e-3,
  optimizer: { id: 'adamw', options: { weightDecay: 0.01 } },
};

const architecture = (norm: Norm) => ({
  id: 'mlp',
  options: { inputs: 784, widths: [512, 512, 512], outputs: 10, norm, activation: 'gelu' },
});

/** MLPs 784-512-512-512-10 on MNIST (arXiv 2606.04754). */
export const mnistMlpPresets: readonly Preset[] = variants.map(({ name, summary, reference = [], note, norm = 'layer', breaking }) => ({
  id: `mnist-mlp-${name}`,
  summary,
  reference,
  ...(note === undefined ? {} : { note }),
  experiment: { dataset: { id: 'mnist' }, architecture: architecture(norm), breaking, training: mlpTraining },
  scales: mlpScales,
}));

/** The same MLPs on MNIST rotated to the least coherence (dataset mnist-coherence). */
export const rotatedMlpPresets: readonly Preset[] = Object.values(mlpVariants).map(({ name, summary, breaking }) => ({
  id: `mnist-rotated-mlp-${name}`,
  summary: `${summary}, on MNIST rotated to a coherence of 0.111`,
  reference: ['dataset/mnist-coherence'],
  experiment: {
    dataset: { id: 'mnist-rotated', options: { coherence: 0.111, explained: 0.9 } },
    architecture: architecture('layer'),
    breaking,
    training: mlpTraining,
  },
  scales: mlpScales,
}));

const limBreakings: readonly Variant[] = [
  mlpVariants.standard,
  { name: 'w', summary: 'W networks, fixed weights of deviation 1, 1, 0.5 and 0.25', breaking: w(scalePerLayer) },
  { name: 'sigma', summary: 'sigma networks', breaking: { id: 'sigma' } },
];

/** The MLPs of Lim et al. 2024 (arXiv 2405.20231), which the paper starts from. */
export const limMlpPresets: readonly Preset[] = limBreakings.map(({ name, summary, breaking }) => ({
  id: `lim-mnist-mlp-${name}`,
  summary: `${summary}, as in Lim et al. 2024: 25 epochs, weight decay 0.03`,
  reference: [],
  experiment: {
    dataset: { id: 'mnist' },
    architecture: architecture('layer'),
    breaking,
    training: { ...mlpTraining, epochs: 25, optimizer: { id: 'adamw', options: { weightDecay: 0.03 } } },
  },
  scales: mlpScales,
}));
