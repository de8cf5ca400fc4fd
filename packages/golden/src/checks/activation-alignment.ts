import type * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, type Network, type Site, type StateSpec, type Variables } from '@basinlab/core';
import { fromReferenceName } from '@basinlab/models-asymmetric';
import { applyTransform, matchingObjectives, mergePairMoments, pairMoments, permutations, similarityMatrix } from '@basinlab/rebasin';
import { keyFromSeed } from '@basinlab/core/random';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, inputsUnder, parameterOf, permutationSpecs, toDevice } from '../inputs.js';
import { similarityCalled } from './activation-matching.js';
import { permuted, underOurNames } from './apply-permutation.js';
import { pairResults, splitsOf } from './linear-mode-connectivity.js';
import { referenceMlp } from './reference-mlp.js';

/** Recording mode -> permutation -> recording points [module, RecordInput | RecordOutput]. */
const recordingPoints = z.record(z.string(), z.record(z.string(), z.array(z.tuple([z.string(), z.enum(['RecordInput', 'RecordOutput'])]))));

/** The recording mode by which networks are aligned. */
const ALIGNED_BY = 'post_activation_function';

/** Two MLPs aligned by their activations: recordings, similarities and permutations at every site, aligned parameters and their path. */
export const activationAlignment: GoldenCheck = {
  kinds: ['activation_alignment'],
  async compute(fixture) {
    const points = parameterOf(fixture, 'recording_points', recordingPoints);
    const steps = parameterOf(fixture, 'steps', z.number().int().positive());
    const modes = [...new Set(Object.keys(fixture.expected).flatMap((name) => /^(\w+)\.lmc\./.exec(name)?.[1] ?? []))];
    const splits = splitsOf(fixture);
    const x = toDevice(inputOf(fixture, 'match.x'));
    const [first, second] = ['model1.', 'model2.'].map((prefix) => referenceMlp(fixture, prefix)) as [Model, Model];
    const recorded = [record(first, x), record(second, x)] as const;
    const got: Record<string, ArrayLike<number>> = {};
    for (const [i, activations] of recorded.entries()) {
      for (const [point, tensor] of activations) got[`model${i + 1}.act.${point}`] = await tensor.data();
    }
    for (const mode of modes) {
      const found = new Map<string, [string, Int32Array][]>();
      for (const [site, byPermutation] of Object.entries(points)) {
        for (const [permutation, at] of Object.entries(byPermutation)) {
          const each = await Promise.all(
            at.map((point) => pairMoments(taken(fixture, recorded[0], point), taken(fixture, recorded[1], point))),
          );
          const similarity = similarityMatrix(each.reduce(mergePairMoments), similarityCalled(fixture, mode));
          const { permutation: best } = matchingObjectives(similarity, { key: keyFromSeed(0), count: 0 });
          got[`${mode}.${site}.${permutation}.similarity`] = similarity;
          got[`${mode}.${site}.${permutation}.permutation`] = best;
          found.set(site, [...(found.get(site) ?? []), [permutation, best]]);
        }
      }
      const transform = permutations(found.get(ALIGNED_BY) ?? []);
      for (const [name, data] of Object.entries(permuted(fixture, inputsUnder(fixture, 'model2.'), transform)))
        got[`${mode}.aligned.${name}`] = data;
      const ours = underOurNames(fixture, 'model2.', first.network, transform);
      const aligned: Variables = {
        params: applyTransform(second.network.params, second.variables.params, ours),
        // The reference leaves running statistics where they are unless its table lists them.
        state: applyTransform(movedState(fixture, second.network), second.variables.state, ours),
        constants: second.variables.constants,
      };
      Object.assign(
        got,
        await pairResults(first.network, [first.variables, aligned], splits, { steps, batch: 64, prefix: `${mode}.lmc.` }),
      );
    }
    return got;
  },
};

type Model = { network: Network; variables: Variables };
type Recorded = ReadonlyMap<string, tf.Tensor>;

const moduleOf: Partial<Record<Site, readonly [module: string, point: string]>> = {
  input: ['lins', 'RecordInput'],
  'post-linear': ['lins', 'RecordOutput'],
  'post-norm': ['norms', 'RecordOutput'],
};

/** Activations by the reference's name of the point, for example `lins.1.RecordInput`; what enters layer i > 0 is post-activation of i - 1. */
function record({ network, variables }: Model, x: tf.Tensor): Recorded {
  const recorded = new Map<string, tf.Tensor>();
  network.apply(variables, x, {
    tap: ({ layer, site }, value) => {
      const named = moduleOf[site];
      if (named !== undefined) recorded.set(`${named[0]}.${layer.replace('layers.', '')}.${named[1]}`, value);
    },
  });
  return recorded;
}

function taken({ id }: GoldenFixture, recorded: Recorded, [module, point]: readonly [string, string]): tf.Tensor {
  const tensor = recorded.get(`${module}.${point}`);
  if (tensor === undefined) throw new BasinlabError(id, `a recording point among ${[...recorded.keys()].join(', ')}`, `${module}.${point}`);
  return tensor;
}

/** State specs on which only entries that the fixture's table lists carry their groups. */
function movedState(fixture: GoldenFixture, { state }: Network): StateSpec[] {
  const listed = new Set(permutationSpecs(fixture, inputsUnder(fixture, 'model2.')).map(({ name }) => fromReferenceName(name)?.name));
  return state.map((spec) => (listed.has(spec.name) ? spec : { ...spec, axes: spec.axes.map(() => null) }));
}
