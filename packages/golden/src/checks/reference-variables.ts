import { initializeState } from '@basinlab/core';
import type { Network, Tensors, Variables } from '@basinlab/core';
import { fromStateDict } from '@basinlab/models-asymmetric';
import type { HostTensors, PerLayer } from '@basinlab/models-asymmetric';
import * as tf from '@tensorflow/tfjs-core';
import type { GoldenFixture } from '../contract.js';
import { inputsUnder } from '../inputs.js';

/** Variables of a network from the fixture's inputs that start with `prefix` and have the reference's names. Call it inside `tf.tidy`. */
export function referenceVariables(network: Network, fixture: GoldenFixture, prefix: string, fixedScale: PerLayer): Variables {
  const { params, constants, state } = fromStateDict(network, inputsUnder(fixture, prefix), { fixedScale, strict: false });
  const variables: Variables = { params: upload(params), constants: upload(constants), state: upload(state) };
  // The reference computes what its linear norms freeze when it builds them; fixtures give it as an expected result only.
  for (const spec of network.state) variables.state[spec.name] ??= initializeState(spec, variables.constants);
  return variables;
}

const upload = (tensors: HostTensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, { shape, data }]) => [name, tf.tensor(data as Float32Array, [...shape])]));
