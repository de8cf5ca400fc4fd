import type { PopulationRequest, Reproduction, SummaryRow } from '@basinlab/core';
import { z } from 'zod';
import { aggregate, numberAt } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';

const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  alignments: z.array(z.string()).min(1),
  splits: z.array(z.enum(['train', 'validation', 'test'])).min(1),
  /** On every path, both ends included. */
  points: z.number().int().min(3),
  /** Training images on which activations are compared; every pixel of a feature map is a sample. */
  samples: z.number().int().min(2),
});
type Settings = z.output<typeof settings>;

const by = ['split', 'breaking', 'fixedScale', 'alignment'];
const facet = ['split', 'breaking', 'fixedScale'];

const barrier = (rows: readonly SummaryRow[], breaking: string, fixedScale: number | null, alignment: string): number | null =>
  numberAt(rows, 'accuracy barrier (%)', { breaking, fixedScale, alignment }) ?? null;
const shown = (value: number | null): string => (value === null ? 'not measured' : `${value.toFixed(1)}%`);

export interface ResnetLmcOptions {
  readonly id: string;
  readonly title: string;
  readonly where: string;
  readonly summary: string;
  readonly cost: string;
  /** Deviation of the fixed weights of W (and syre) networks that should connect. */
  readonly fixedScale: number;
  readonly populations: readonly PopulationRequest[];
}

/** Linear mode connectivity of residual networks, unaligned and aligned by activations (arXiv 2606.04754, LMC figure, ResNet). */
function resnetLmc({ fixedScale, populations, ...facts }: ResnetLmcOptions): Reproduction<Settings> {
  return {
    ...facts,
    paper: papers.A,
    settings,
    scale: (scale): Settings => {
      const alignments = ['none', 'activation-matching'];
      if (scale === 'paper') return { seed: 1, alignments, splits: ['train', 'test'], points: 37, samples: 5120 };
      return { seed: 1, alignments, splits: ['test'], points: scale === 'small' ? 9 : 3, samples: scale === 'small' ? 500 : 50 };
    },
    populations: () => populations,
    measurements: ({ alignments, splits, points, samples }) => [
      { measurements: [{ id: 'linear-mode-connectivity', options: { points } }], alignments, splits, samples },
    ],
    summarize: ({ 'linear-mode-connectivity': paths, models }) => [
      ...aggregate(paths!.rows, { quantity: 'accuracy barrier (%)', value: 'accuracyBarrier', by }),
      ...aggregate(paths!.rows, { quantity: 'loss barrier (nats)', value: 'lossBarrier', by }),
      ...aggregate(models!.rows, { quantity: 'test accuracy (%)', value: 'accuracy', by: ['breaking', 'fixedScale'] }),
    ],
    across: 'alignment',
    claims: [
      {
        statement:
          'standard residual networks have a high barrier, W networks with large fixed weights a lower one, both without alignment',
        paper: 'high; low to moderate',
        rule: `unaligned accuracy barrier of standard networks below -20%, that of W networks with fixed scale ${fixedScale} at most half of it`,
        check({ rows }) {
          const [plain, w] = [barrier(rows, 'standard', null, 'none'), barrier(rows, 'w', fixedScale, 'none')];
          return { ours: `${shown(plain)}; ${shown(w)}`, holds: plain === null || w === null ? null : plain < -20 && w > plain / 2 };
        },
      },
      {
        statement: 'alignment by activations lowers the barrier of standard residual networks',
        paper: 'low when aligned',
        rule: 'aligned accuracy barrier less than the unaligned one by a tenth of it or more',
        check({ rows }) {
          const [plain, aligned] = [barrier(rows, 'standard', null, 'none'), barrier(rows, 'standard', null, 'activation-matching')];
          return { ours: `${shown(plain)} to ${shown(aligned)}`, holds: plain === null || aligned === null ? null : aligned > 0.9 * plain };
        },
      },
    ],
    figures: [
      {
        ...{ table: 'linear-mode-connectivity', kind: 'lines', title: 'Accuracy along the path', x: 'lambda', y: 'accuracy' },
        ...{ series: 'alignment', facet },
        caption: 'Mean over pairs with one standard error.',
      },
      {
        ...{
          table: 'linear-mode-connectivity',
          kind: 'lines',
          title: 'Loss along the path',
          x: 'lambda',
          y: 'loss',
          series: 'alignment',
          facet,
        },
        caption: 'The same for the loss.',
      },
      {
        ...{ table: 'training', kind: 'lines', title: 'Accuracy over training', x: 'epoch', y: 'accuracy', series: 'split' },
        ...{ facet: ['breaking', 'fixedScale'] },
        caption: 'Train accuracy as seen while training; mean over models.',
      },
    ],
  };
}

export const cifar10ResnetLmc = resnetLmc({
  id: 'cifar10-resnet20-lmc',
  title: 'Linear mode connectivity of residual networks on CIFAR-10',
  where: 'LMC figure, ResNet',
  summary: 'unaligned and aligned linear mode connectivity of ResNet-20 of eightfold width on CIFAR-10 (basinlab data fetch cifar10)',
  cost: 'hours on a GPU',
  fixedScale: 2,
  populations: [
    { labels: { breaking: 'standard', fixedScale: null }, preset: 'cifar10-resnet20-standard' },
    { labels: { breaking: 'w', fixedScale: 0 }, preset: 'cifar10-resnet20-w-pruned' },
    { labels: { breaking: 'w', fixedScale: 2 }, preset: 'cifar10-resnet20-w' },
    { labels: { breaking: 'syre', fixedScale: 2 }, preset: 'cifar10-resnet20-syre' },
  ],
});

export const fashionMnistResnetLmc = resnetLmc({
  id: 'fashion-mnist-resnet20-lmc',
  title: 'Linear mode connectivity of residual networks on Fashion-MNIST',
  where: 'LMC figure, ResNet, on data that come with a package',
  summary: 'unaligned and aligned linear mode connectivity of ResNet-20 of single width on Fashion-MNIST',
  cost: 'on 2 cores: smoke < 1 min, small 10 min, paper hours',
  fixedScale: 2,
  populations: [
    { labels: { breaking: 'standard', fixedScale: null }, preset: 'fashion-mnist-resnet20-standard' },
    { labels: { breaking: 'w', fixedScale: 2 }, preset: 'fashion-mnist-resnet20-w' },
  ],
});
