import type * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, type Network, type Variables } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { toReferenceName } from '@basinlab/models-asymmetric';
import { matchingObjectives, mergePairMoments, pairMoments, similarityMatrix, type Similarity } from '@basinlab/rebasin';
import { z } from 'zod';
import type { GoldenFixture } from '../contract.js';
import { parameterOf } from '../inputs.js';
import { imagesOf, referenceResnet } from './reference-resnet.js';

/** Recording mode -> permutation -> recording points [module, RecordInput | RecordOutput]. */
const recordingPoints = z.record(z.string(), z.record(z.string(), z.array(z.tuple([z.string(), z.string()]))));

/** Similarities of two residual networks for every permutation, whose recording points all count: each pixel of each is a sample. */
export async function matchResnets(
  fixture: GoldenFixture,
  similarityCalled: (mode: string) => Similarity,
): Promise<Record<string, ArrayLike<number>>> {
  const x = imagesOf(fixture, 'x');
  const [a, b] = ['A.', 'B.'].map((prefix) => record(referenceResnet(fixture, prefix), x));
  const modes = [...new Set(Object.keys(fixture.expected).map((name) => name.split('.', 1)[0]!))];
  const got: Record<string, ArrayLike<number>> = {};
  for (const byPermutation of Object.values(parameterOf(fixture, 'recording_points', recordingPoints))) {
    for (const [permutation, points] of Object.entries(byPermutation)) {
      const taken = (recorded: Map<string, tf.Tensor>, point: readonly string[]): tf.Tensor => {
        const tensor = recorded.get(point.join('.'));
        if (tensor === undefined) throw new BasinlabError(fixture.id, `a recording point among ${[...recorded.keys()].join(', ')}`, point);
        return tensor;
      };
      const moments = await Promise.all(points.map((point) => pairMoments(taken(a!, point), taken(b!, point))));
      for (const mode of modes) {
        const similarity = similarityMatrix(moments.reduce(mergePairMoments), similarityCalled(mode));
        const { optimal, identity } = matchingObjectives(similarity, { key: keyFromSeed(0), count: 0 });
        got[`${mode}.${permutation}.similarity`] = similarity;
        got[`${mode}.${permutation}.objective_optimal`] = [optimal];
        got[`${mode}.${permutation}.objective_identity`] = [identity];
      }
    }
  }
  return got;
}

/** Activations by the reference's name of the point, for example `layer1.0.conv2.RecordInput`. */
function record({ network, variables }: { network: Network; variables: Variables }, x: tf.Tensor): Map<string, tf.Tensor> {
  const recorded = new Map<string, tf.Tensor>();
  const remember = (module: string, point: string, value: tf.Tensor): void => {
    const name = toReferenceName(`${module}.weight`)?.replace(/\.weight$/, '');
    if (name !== undefined) recorded.set(`${name}.${point}`, value);
  };
  network.apply(variables, x, {
    tap: ({ layer, site }, value) => {
      const linear = layer === 'head' ? `${layer}.linear` : `${layer}.conv`;
      if (site === 'input') remember(linear, 'RecordInput', value);
      if (site === 'post-linear') remember(linear, 'RecordOutput', value);
      if (site === 'post-norm') remember(`${layer}.norm`, 'RecordOutput', value);
    },
  });
  return recorded;
}
