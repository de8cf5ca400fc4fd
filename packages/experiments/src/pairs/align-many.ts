import {
  demand,
  type LossRebasinStrategy,
  type MeasuredModel,
  type Measurement,
  type Network,
  type RebasinStrategy,
  type SymmetryTransform,
  type WeightRebasinStrategy,
} from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demandAlignable, firstOf, moved, sideOf, type AlignedModel } from './alignment.js';

/** A strategy that aligns any number of models at once. */
export type ManyStrategy = (WeightRebasinStrategy | LossRebasinStrategy) &
  Required<Pick<WeightRebasinStrategy | LossRebasinStrategy, 'alignMany'>>;

/** Whether a strategy aligns several models at once, and not each to the first by itself. */
export const alignsMany = (strategy: RebasinStrategy): strategy is ManyStrategy =>
  strategy.needs !== 'activations' && strategy.alignMany !== undefined;

/** The strategy, the examples that it looks at, and who receives what it moved. */
export interface ManyAlignmentOptions {
  readonly strategy: ManyStrategy;
  /** As in {@link AlignmentOptions}. */
  readonly samples: number;
  /** Tells how far it is. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
  /** Called with what became of all models but the first, in their order. */
  settled(aligned: readonly AlignedModel[]): void;
}

/** The alignment of a population to its first model, as a measurement without rows: what `alignmentOf` is for a pair. */
export function alignmentOfMany({ strategy, samples, settled, progress }: ManyAlignmentOptions): Measurement {
  const { id, summary } = strategy;
  const declaration = { id, summary, of: 'population', options: z.strictObject({}), columns: [] } as const;
  const settle = async (models: readonly MeasuredModel[], network: Network, align: () => Promise<readonly SymmetryTransform[]>) => {
    for (const { variables } of models) demandAlignable(id, variables);
    const transforms = await align();
    demand(transforms.length === models.length, id, `a transform for each of ${models.length} models`, transforms.length);
    settled(
      models.slice(1).map(({ variables }, other) => {
        const transform = transforms[other + 1]!;
        return { variables: moved(network, variables, transform), transform };
      }),
    );
    return [];
  };
  if (strategy.needs === 'weights')
    return defineMeasurement({
      ...declaration,
      needs: { weights: 'standard' },
      measure: ({ models }, _options, { network, key, signal }) =>
        settle(models, network, () =>
          strategy.alignMany!(models.map(sideOf), {
            ...{ specs: network.params, stateSpecs: network.state, key, signal },
            ...(progress && { progress }),
          }),
        ),
    });
  return defineMeasurement({
    ...declaration,
    needs: { weights: 'standard', examples: true },
    measure: ({ models }, _options, { network, key, signal, examples, task, graph }) =>
      settle(models, network, async () => {
        const { inputs, labels } = tf.tidy(() => firstOf(network, examples, samples));
        try {
          return await strategy.alignMany!(models.map(sideOf), {
            ...{ specs: network.params, stateSpecs: network.state, key, signal, network, data: { inputs, labels, task, graph } },
            ...(progress && { progress }),
          });
        } finally {
          tf.dispose([inputs, labels]);
        }
      }),
  });
}
