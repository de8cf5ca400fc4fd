import {
  demand,
  type ActivationAlignmentContext,
  type ActivationBatch,
  type AlignmentSide,
  type LossAlignmentContext,
  type Measurement,
  type MeasuredModel,
  type Network,
  type RebasinStrategy,
  type SymmetryTransform,
  type Variables,
} from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { applyTransform } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { map } from 'rxjs';
import { z } from 'zod';

/** The second model of a pair moved onto the first. */
export interface AlignedModel {
  /** Parameters and state are tensors of their own, which the receiver disposes; the constants are those of the model that was moved. */
  readonly variables: Variables;
  readonly transform: SymmetryTransform;
}

/** The strategy, the inputs that it looks at, and who receives what it moved. */
export interface AlignmentOptions {
  readonly strategy: RebasinStrategy;
  /** Examples of the split on which a loss is taken at most, for strategies that take one. */
  readonly samples: number;
  /** Tells how far the alignment of a pair is. */
  readonly progress?: ((reached: { readonly pair: string; readonly done: number; readonly total: number }) => void) | undefined;
  /** Called with what became of each pair, by the names of its models. */
  settled(aligned: AlignedModel, pair: { readonly a: string; readonly b: string }): void;
}

/**
 * An alignment as a measurement without rows, so that it takes its place in the same pass over the data as everything else that looks at the same
 * models. The subject's alignment must be `none`.
 */
export function alignmentOf({ strategy, samples, settled, progress }: AlignmentOptions): Measurement {
  const declaration = {
    id: strategy.id,
    summary: strategy.summary,
    of: 'pair',
    options: z.strictObject({}),
    columns: [],
  } as const;
  const settle = async (a: MeasuredModel, b: MeasuredModel, network: Network, align: () => Promise<SymmetryTransform>) => {
    demandAlignable(strategy.id, b.variables);
    const transform = await align();
    settled({ variables: moved(network, b.variables, transform), transform }, { a: a.name, b: b.name });
    return [];
  };
  interface Around {
    readonly network: Network;
    readonly key: LossAlignmentContext['key'];
    readonly signal: AbortSignal;
  }
  const base = ({ network, key, signal }: Around, a: MeasuredModel, b: MeasuredModel) => ({
    specs: network.params,
    stateSpecs: network.state,
    key,
    signal,
    progress: (done: number, total: number) => progress?.({ pair: `${a.name}-${b.name}`, done, total }),
  });
  switch (strategy.needs) {
    case 'weights':
      return defineMeasurement({
        ...declaration,
        needs: { weights: 'standard' },
        measure: ({ a, b }, _options, context) =>
          settle(a, b, context.network, () => strategy.align(sideOf(a), sideOf(b), base(context, a, b))),
      });
    case 'activations':
      return defineMeasurement({
        ...declaration,
        needs: { weights: 'standard', activations: { sites: strategy.sites ?? (['post-activation'] as const) } },
        measure: ({ a, b }, _options, context) =>
          settle(a, b, context.network, () => {
            const activations: ActivationAlignmentContext['activations'] = context.activations.pipe(map((batch) => asPair(batch, a.name)));
            return strategy.align(sideOf(a), sideOf(b), { ...base(context, a, b), activations });
          }),
      });
    case 'loss':
      return defineMeasurement({
        ...declaration,
        needs: { weights: 'standard', examples: true },
        measure: ({ a, b }, _options, context) =>
          settle(a, b, context.network, async () => {
            const { inputs, labels } = tf.tidy(() => firstOf(context.network, context.examples, samples));
            try {
              const data = { inputs, labels, task: context.task, graph: context.graph };
              return await strategy.align(sideOf(a), sideOf(b), { ...base(context, a, b), network: context.network, data });
            } finally {
              tf.dispose([inputs, labels]);
            }
          }),
      });
    default:
      return strategy satisfies never;
  }
}

/** A model as strategies are given it. */
export const sideOf = ({ variables: { params, state } }: MeasuredModel): AlignmentSide => ({ params, state });

/** Batches of a pair as strategies read them: the models are called `a` and `b`. */
const asPair = ({ rows, columns }: ActivationBatch, first: string): ActivationBatch => ({
  rows,
  columns: columns.map((column) => ({ ...column, field: { ...column.field, model: column.field.model === first ? 'a' : 'b' } })),
});

/** The first rows of a split, as the network takes them. */
export function firstOf(
  network: Network,
  { inputs, labels, nodes }: { readonly inputs: tf.Tensor; readonly labels: tf.Tensor; readonly nodes?: tf.Tensor },
  samples: number,
): { inputs: tf.Tensor; labels: tf.Tensor } {
  const taken = network.input === 'nodes' && nodes !== undefined ? nodes : inputs;
  const rows = Math.min(samples, taken.shape[0]!);
  return { inputs: tf.slice(taken, 0, rows), labels: tf.slice(labels, 0, rows) };
}

/** Variables whose parameters and state a transform has moved, as new tensors. */
export function moved(network: Network, { params, state, constants }: Variables, transform: SymmetryTransform): Variables {
  return { params: applyTransform(network.params, params, transform), state: applyTransform(network.state, state, transform), constants };
}

/** @throws BasinlabError for a model with constants, which tie its units to their places */
export function demandAlignable(id: string, { constants }: Variables): void {
  const tied = Object.keys(constants);
  demand(tied.length === 0, id, 'networks whose constants can be absorbed into weights', tied, 'Sigma networks cannot be aligned.');
}
