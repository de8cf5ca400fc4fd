import type {
  AlignmentRequest,
  Claim,
  MeasurementColumn,
  MeasurementPlan,
  PopulationRequest,
  ReproductionFigure,
  ResultTable,
  Scale,
  SummaryRow,
} from '@basinlab/core';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { numberAt } from '../shared/aggregate.js';

// What the figures of paper C share: pairs of trained transformers, aligned as they were trained and in circuit form, and losses between them.

/** Settings that all of these figures have. */
export const transformerSettings = {
  seed: z.number().int().nonnegative(),
  /** On every path, both ends included. */
  points: z.number().int().min(3),
  /** Training examples on which alignments look. */
  samples: z.number().int().min(2),
  /** Steps of learned matching. */
  steps: z.number().int().positive(),
  /** Of learned matching. */
  learningRate: z.number().positive(),
  /** Examples per step of learned matching. */
  batch: z.number().int().positive(),
  /** A UTF-8 file in the place of Tiny Shakespeare. */
  text: z.string().min(1).optional(),
};
/** Of figures that have no others. */
export const transformerSchema = z.strictObject(transformerSettings);
/** See {@link transformerSettings}. */
export type TransformerSettings = z.output<typeof transformerSchema>;

/** Their values at each scale: at `paper` learned matching goes on for as many steps as the paper's ten epochs have. */
export const transformerScale = (scale: Scale): TransformerSettings => {
  if (scale === 'paper') return { seed: 1, points: 11, samples: 50_000, steps: 10_000, learningRate: 3e-4, batch: 32 };
  if (scale === 'small') return { seed: 1, points: 11, samples: 10_000, steps: 500, learningRate: 3e-3, batch: 32 };
  return { seed: 1, points: 3, samples: 64, steps: 4, learningRate: 3e-3, batch: 8 };
};

/** A circuit form, by the network that is rewritten to it. */
export const forms = { gpt2: 'gpt2-circuits', vit: 'vit-circuits' } as const;

/** GPT-2 on Tiny Shakespeare or another text, and ViT on images that come with a package; three disjoint pairs of each at `small`. */
export function transformerPopulations(
  { text }: Pick<TransformerSettings, 'text'>,
  scale: Scale,
  { atLeast = 2 }: { readonly atLeast?: number } = {},
): PopulationRequest[] {
  const set = [`training.models=${Math.max(atLeast, scale === 'smoke' ? 2 : 6)}`];
  return [
    { labels: { network: 'gpt2', data: textOf(text).label }, preset: 'shakespeare-gpt2-standard', set: [...set, ...textOf(text).set] },
    { labels: { network: 'vit', data: 'Fashion-MNIST' }, preset: 'fashion-mnist-vit-standard', set },
  ];
}

/** What rows call a text, and how populations are trained on it. */
export const textOf = (file: string | undefined): { readonly label: string; readonly set: readonly string[] } =>
  file === undefined
    ? { label: 'Tiny Shakespeare', set: [] }
    : { label: basename(file), set: ['dataset.id=text', `dataset.options.file=${JSON.stringify(resolve(file))}`] };

/** Losses along the path of each pair, aligned in the form that rotates the residual stream. */
export const inCircuitForm = (
  alignments: readonly (string | AlignmentRequest)[],
  { points, samples }: TransformerSettings,
): readonly MeasurementPlan[] =>
  Object.entries(forms).map(([network, form]) => ({
    ...{ measurements: [{ id: 'linear-mode-connectivity', options: { points } }], samples, form, alignments },
    on: (labels) => labels['network'] === network,
  }));

/** The same as the models were trained. */
export const asTrained = (
  alignments: readonly (string | AlignmentRequest)[],
  { points, samples }: TransformerSettings,
): MeasurementPlan => ({ measurements: [{ id: 'linear-mode-connectivity', options: { points } }], samples, alignments });

/** Learned matching under a name, with what differs from the settings. */
export const learned = (
  name: string,
  { steps, learningRate, batch }: TransformerSettings,
  options: Readonly<Record<string, unknown>> = {},
): AlignmentRequest => ({ id: 'circuit-learned', name, options: { steps, learningRate, batch, patience: 1000, every: 50, ...options } });

/** Names of columns that tell rows of these figures apart. */
export const by = ['data', 'network', 'alignment'];

/** The quantity of table 2. */
export const barrierQuantity = 'test loss barrier (nats)';

/** A mean of a network under alignments; undefined where one was not measured. */
export const numbersOf = (
  rows: readonly SummaryRow[],
  quantity: string,
  network: string,
  alignments: readonly string[],
): (number | undefined)[] => alignments.map((alignment) => numberAt(rows, quantity, { network, alignment }));

/** The mean barriers. */
export const barriersOf = (rows: readonly SummaryRow[], network: string, alignments: readonly string[]): (number | undefined)[] =>
  numbersOf(rows, barrierQuantity, network, alignments);

/** Numbers of a network in words: as they are, in their order. */
const inOrder = (values: readonly (number | undefined)[]): string => values.map((value) => value?.toFixed(3) ?? 'not measured').join(', ');

/** What a claim found for each network, in words, and whether its rule holds for all that have every number; null where none has. */
export function forEachNetwork(
  numbersOf: (network: string) => readonly (number | undefined)[],
  rule: (values: readonly number[]) => boolean,
  words: (values: readonly (number | undefined)[]) => string = inOrder,
): ReturnType<Claim['check']> {
  const found = Object.keys(forms).map((network) => ({ network, values: numbersOf(network) }));
  const whole = found.filter(({ values }) => values.every((value) => value !== undefined && !Number.isNaN(value)));
  return {
    ours: found.map(({ network, values }) => `${network} ${words(values)}`).join('; '),
    holds: whole.length === 0 ? null : whole.every(({ values }) => rule(values as number[])),
  };
}

/** Losses along the paths. */
export const pathFigure: ReproductionFigure = {
  ...{ table: 'linear-mode-connectivity', kind: 'lines', title: 'Loss along the path', x: 'lambda', y: 'loss', series: 'alignment' },
  facet: ['data', 'network'],
  caption: 'Mean over pairs with one standard error; λ runs from the first model of a pair to the second.',
};

/** Facts about an alignment that its name stands for, such as how many iterations it had. */
export type AlignmentFacts = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

/** The table of paths with what the names of alignments stand for as columns; rows of other alignments are left out. */
export function withFacts({ columns, rows }: ResultTable, facts: AlignmentFacts, added: readonly MeasurementColumn[]): ResultTable {
  const known = rows.filter(({ alignment }) => typeof alignment === 'string' && alignment in facts);
  return { columns: [...added, ...columns], rows: known.map((row) => ({ ...facts[String(row['alignment'])], ...row })) };
}
