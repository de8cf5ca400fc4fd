import type { Preset, Variant } from './contract.js';

type Dataset = NonNullable<Preset['experiment']['dataset']>;

interface Family {
  readonly prefix: string;
  readonly dataset: Dataset;
  readonly width: number;
  readonly outputs: number;
  readonly fixedPerUnit: readonly number[];
  readonly reference: readonly string[];
  readonly about: string;
  readonly note: string;
}

// The reference names the hidden width of 64 in file names only, and its 64 fixed weights per unit would fix all of a hidden unit there: the
// shares are those of the wide networks, an eighth of the inputs and half of the last layer's.
const narrow = { width: 64, fixedPerUnit: [64, 8, 8, 32] };
const wide = { width: 512, fixedPerUnit: [64, 64, 64, 256] };

const families: readonly Family[] = [
  ...[2, 8, 32].map((intrinsic): Family => ({
    prefix: `gaussian-subspace-${intrinsic}-mlp`,
    dataset: { id: 'gaussian-subspace', options: { intrinsic, ambient: 512, classes: 20 } },
    ...narrow,
    outputs: 20,
    reference: ['dataset/gaussian-subspace-dataset'],
    about: `Gaussian clusters in ${intrinsic} of 512 dimensions`,
    note: 'the numbers of fixed weights of hidden layers are ours: the reference has no config of this width',
  })),
  {
    prefix: 'multilabel-subspace-mlp',
    dataset: { id: 'multilabel-subspace', options: { labels: 50, ambient: 512 } },
    ...wide,
    outputs: 50,
    reference: ['dataset/multilabel-subspace-dataset'],
    about: '50 binary labels in 50 of 512 dimensions',
    note: 'the reference ties no network to these data',
  },
  {
    prefix: 'parity-subspace-mlp',
    dataset: { id: 'parity-subspace', options: { intrinsic: 128, base: 2, ambient: 512 } },
    ...wide,
    outputs: 2,
    reference: ['dataset/parity-subspace-dataset'],
    about: 'parity of signs in 128 of 512 dimensions',
    note: 'the reference ties no network to these data',
  },
];

const variants = (fixedPerUnit: readonly number[]): readonly Variant[] => [
  { name: 'standard', summary: 'ordinary networks', breaking: { id: 'standard' } },
  {
    name: 'w-pruned',
    summary: 'W networks whose fixed weights are 0',
    breaking: { id: 'w', options: { fixedPerUnit: [...fixedPerUnit], fixedScale: 0 } },
  },
  {
    name: 'w',
    summary: 'W networks, fixed weights of deviation 1',
    breaking: { id: 'w', options: { fixedPerUnit: [...fixedPerUnit], fixedScale: 1 } },
  },
];

/** MLPs on data that fill a random subspace (arXiv 2606.04754, swap costs against the dimension). */
export const subspaceMlpPresets: readonly Preset[] = families.flatMap((family) =>
  variants(family.fixedPerUnit).map(({ name, summary, breaking }) => ({
    id: `${family.prefix}-${name}`,
    summary: `${summary}; ${family.about}`,
    reference: family.reference,
    note: family.note,
    experiment: {
      dataset: family.dataset,
      architecture: {
        id: 'mlp',
        options: {
          inputs: 512,
          widths: [family.width, family.width, family.width],
          outputs: family.outputs,
          norm: 'layer',
          activation: 'gelu',
        },
      },
      breaking,
      training: {
        models: 16,
        epochs: 100,
        batchSize: 128,
        learningRate: 1e-3,
        optimizer: { id: 'adamw', options: { weightDecay: 0.01 } },
      },
    },
    scales: {
      smoke: ['training.models=2', 'training.epochs=1', 'dataset.options.train=2560', 'dataset.options.test=500'],
      small: ['training.models=2', 'training.epochs=8'],
    },
  })),
);
