import type { RebasinStrategy, Variables } from '@basinlab/core';
import type { Labels, MeasurementRequest, Subject, SubjectModel } from '@basinlab/core/measurement';
import * as tf from '@tensorflow/tfjs-core';
import { alignmentOfMany, alignsMany } from './align-many.js';
import { alignmentOf, type AlignedModel } from './alignment.js';

/** How far the alignment of some models is. */
export interface AlignmentReached {
  readonly strategy: string;
  /** Names of the models, the first of which stays: `1-2`. */
  readonly models: string;
  readonly done: number;
  readonly total: number;
}

/** Models, how they are to be aligned, and for what. */
export interface AligningOptions {
  readonly models: readonly SubjectModel[];
  readonly pairs: readonly (readonly [SubjectModel, SubjectModel])[];
  readonly strategies: readonly RebasinStrategy[];
  /** Kinds of subjects that are measured: what nobody looks at is not aligned. */
  readonly kinds: ReadonlySet<Subject['of']>;
  /** As in `AlignmentOptions`. */
  readonly samples: number;
  readonly labels: Labels;
  aligning?: ((reached: AlignmentReached) => void) | undefined;
}

/** Alignments that take place while something else is measured. */
export interface Aligning {
  /** To be run on the models as they are. */
  readonly requests: readonly MeasurementRequest[];
  /** Pairs beside those that are measured, for alignments alone: other models and the first. */
  readonly more: readonly Subject[];
  /** What has been aligned when the requests have run. */
  subjects(): readonly Subject[];
  /** Disposes all that was moved. */
  dispose(): void;
}

/** A pair with its labels. */
export const pairOf = (labels: Labels, a: SubjectModel, b: SubjectModel, alignment: string): Extract<Subject, { of: 'pair' }> => ({
  ...{ of: 'pair', labels: { ...labels, pair: `${a.name}-${b.name}`, alignment }, a, b, alignment },
});

/** A population with its labels. */
export const populationOf = (labels: Labels, models: readonly SubjectModel[], alignment: string): Subject => ({
  ...{ of: 'population', labels: { ...labels, alignment }, models },
});

/**
 * Alignments of pairs, and of all models to the first: at once by strategies that can, otherwise one by one. Each strategy moves a model onto another once,
 * whoever asks for it.
 */
export function alignmentsOf({ models, pairs, strategies, kinds, samples, labels, aligning }: AligningOptions): Aligning {
  const [first, ...others] = models;
  const isPopulation = kinds.has('population') && others.length > 0;
  const moved = new Map<string, AlignedModel>();
  const keyOf = (strategy: string, a: string, b: string): string => JSON.stringify([strategy, a, b]);
  const many = new Map<string, readonly AlignedModel[]>();
  const measured = new Set(pairs.map(([a, b]) => `${a.name}-${b.name}`));
  const star = isPopulation ? others.map((other) => pairOf(labels, first!, other, 'none')) : [];
  const inStar = new Set(star.map((subject) => String(subject.labels['pair'])));
  const requests = strategies.flatMap((strategy): MeasurementRequest[] => {
    const { id } = strategy;
    const ofPairs = alignmentOf({
      ...{ strategy, samples },
      settled: (aligned, { a, b }) => void moved.set(keyOf(id, a, b), aligned),
      progress: ({ pair, ...reached }) => aligning?.({ strategy: id, models: pair, ...reached }),
    });
    const isAsked = (subject: Subject): boolean => {
      const pair = String(subject.labels['pair']);
      return (kinds.has('pair') && measured.has(pair)) || (inStar.has(pair) && !alignsMany(strategy));
    };
    const request: MeasurementRequest = { measurement: ofPairs, options: {}, on: isAsked };
    if (!isPopulation || !alignsMany(strategy)) return [request];
    const names = models.map(({ name }) => name).join('-');
    const ofMany = alignmentOfMany({
      ...{ strategy, samples },
      settled: (aligned) => void many.set(id, aligned),
      progress: (done, total) => aligning?.({ strategy: id, models: names, done, total }),
    });
    return [request, { measurement: ofMany, options: {} }];
  });
  return {
    requests,
    more: star.filter((subject) => !measured.has(String(subject.labels['pair']))),
    subjects: () =>
      strategies.flatMap(({ id }): Subject[] => {
        const ofPairs = kinds.has('pair') ? pairs : [];
        const aligned = ofPairs.map(([a, b]): Subject => {
          const { variables, transform } = moved.get(keyOf(id, a.name, b.name))!;
          return { ...pairOf(labels, a, asModel(b, variables), id), transform };
        });
        if (!isPopulation) return aligned;
        const all = others.map((other, at) => {
          const { variables } = many.get(id)?.[at] ?? moved.get(keyOf(id, first!.name, other.name))!;
          return asModel(other, variables);
        });
        return [...aligned, populationOf(labels, [first!, ...all], id)];
      }),
    dispose: () =>
      tf.dispose(
        [...moved.values(), ...[...many.values()].flat()].map(({ variables: { params, state } }) => [
          params,
          state,
        ]) as unknown as tf.TensorContainer,
      ),
  };
}

const asModel = ({ name }: SubjectModel, variables: Variables): SubjectModel => ({ name, standard: variables });
