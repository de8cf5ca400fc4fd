import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type LoadedDataset, type MetricRow } from '@basinlab/core';
import { drain } from '@basinlab/core/pipeline';
import type { Checkpoint, StoredTree } from '@basinlab/core/store';
import { adamw, cosine, defineUpdateRule, populationKeys, trainPopulation } from '@basinlab/core/training';
import type { TrainingEvent, TrainingPlan } from '@basinlab/core/training';
import { mlp, w } from '@basinlab/models-asymmetric';

/** A W network with batch norm: masks, running statistics and, with 128 steps an epoch, a smaller last batch. */
export function planOn(data: LoadedDataset, { models = 2, ...changes }: Partial<TrainingPlan> & { models?: number } = {}): TrainingPlan {
  const network = buildNetwork({
    architecture: mlp,
    options: { inputs: data.inputShape[0]!, widths: [24, 16], outputs: data.classes, norm: 'batch', activation: 'gelu' },
    breaking: w,
    breakingOptions: { fixedPerUnit: 1 },
  });
  const updateRule = defineUpdateRule({ optimizer: adamw, schedule: cosine, scheduleOptions: { length: 20 }, learningRate: 1e-2 });
  return { network, updateRule, data, keys: populationKeys(3, models), epochs: 3, batch: 48, ...changes };
}

/** What came out of a training, on the host. */
export interface Result {
  readonly rows: readonly MetricRow[];
  readonly parameters: readonly Readonly<Record<string, number[]>>[];
  /** Tensors of tfjs and buffers on the device after every epoch. */
  readonly memory: readonly { tensors: number; buffers: number }[];
  readonly placement: Extract<TrainingEvent, { kind: 'placement' }> | null;
}

/** What must not grow: tensors of tfjs and buffers on the device. */
export const held = (): { tensors: number; buffers: number } => ({
  tensors: tf.memory().numTensors,
  buffers: (tf.memory() as tf.MemoryInfo & { deviceBuffers: number }).deviceBuffers,
});

/** Trains to the end; the placement is the one that was told. */
export async function train(
  run: TrainingPlan,
  { signal, onPlacement }: { signal?: AbortSignal; onPlacement?: () => void } = {},
): Promise<Result> {
  const rows: MetricRow[] = [];
  let placement: Result['placement'] = null;
  const memory: Result['memory'][number][] = [];
  const last = await drain<TrainingEvent>(trainPopulation(run), {
    ...(signal && { signal }),
    onEvent: (event) => {
      if (event.kind === 'placement') {
        placement = event;
        onPlacement?.();
      }
      if (event.kind !== 'metric') return;
      rows.push(...event.rows);
      memory.push(held());
    },
  });
  if (last?.kind !== 'trained') throw new Error('no models');
  const parameters = last.models.map(({ params, state }) =>
    Object.fromEntries(Object.entries({ ...params, ...state }).map(([name, x]) => [name, Array.from(x.dataSync())])),
  );
  tf.dispose(last.models as unknown as tf.TensorContainer);
  return { rows, parameters, memory, placement };
}

/** What the store would read back. */
export function stored({ arrays, counters }: Checkpoint): Checkpoint<StoredTree> {
  const typed = (tree: object): object =>
    Object.fromEntries(
      Object.entries(tree).map(([name, node]: [string, object]) => [name, 'data' in node ? { dtype: 'F32', ...node } : typed(node)]),
    );
  return { arrays: typed(arrays) as StoredTree, counters };
}
