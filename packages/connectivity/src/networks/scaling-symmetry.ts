import { demand, jit } from '@basinlab/core';
import type { Network, Variables } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import type { NetworkInputs } from '@basinlab/core/training';
import { withGraph } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { modelAt } from './points.js';
import { randomScalingCurve } from './random-scaling.js';

/**
 * Refuses a network whose function changes when hidden units are rescaled: fixed weights that are not absorbed, activations that are not positively
 * homogeneous (GELU, gates), norms without gain and offset. Rescales every unit of `model` by a random factor and compares the outputs on `inputs`.
 * @throws BasinlabError that names what is violated
 */
export async function demandScalingSymmetry(network: Network, model: Variables, inputs: NetworkInputs): Promise<void> {
  const fixed = Object.keys(model.params).filter((name) => `${name}.scale` in model.constants || `${name}.shift` in model.constants);
  demand(
    fixed.length === 0,
    'scaling symmetry',
    'a network without fixed weights',
    `fixed weights in ${fixed.join(', ')}`,
    'Take network.standard and network.toStandard(variables).',
  );
  const rescaled = modelAt((await randomScalingCurve(network, model, keyFromSeed(0), 0.5)).at(1), model);
  const compare = jit(
    (a: Variables, b: Variables, { inputs: x, graph }: NetworkInputs) => {
      const [before, after] = [a, b].map((each) => network.apply(each, x, withGraph(graph)).logits);
      return tf.div(tf.norm(tf.sub(after!, before!)), tf.norm(before!));
    },
    { name: 'scaling-symmetry' },
  );
  const difference = compare(model, rescaled, inputs);
  const change = (await difference.data())[0]!;
  tf.dispose([rescaled.params, difference]);
  compare.dispose();
  demand(
    change < 1e-3,
    'scaling symmetry',
    'a network whose outputs stay where hidden units are rescaled (activations with s(c z) = c s(z) for c > 0, norms with gain and offset)',
    `outputs that change by ${(100 * change).toPrecision(2)}%`,
    'Use the activation relu or identity.',
  );
}
