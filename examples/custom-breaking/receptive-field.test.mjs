import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { symmetryBreakingContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { mlp, resnet } from '@basinlab/models-asymmetric';
import plugins from './receptive-field.mjs';

await tf.setBackend('cpu');

const [receptiveField] = plugins.symmetryBreaking;
const onMlp = { architecture: mlp, architectureOptions: { inputs: 8, widths: [6, 6], outputs: 3 }, inputShape: [8] };
const onResNet = {
  architecture: resnet,
  architectureOptions: { depth: 8, baseWidth: 2, inputs: [4, 4, 3], classes: 3 },
  inputShape: [4, 4, 3],
};

testContract(
  symmetryBreakingContract(receptiveField, [
    { ...onMlp, options: {} },
    { ...onMlp, options: { width: 0.3, fixedScale: 0 }, random: false }, // without noise the constants are the same whatever the seed
  ]),
);
testContract(symmetryBreakingContract(receptiveField, [{ ...onResNet, options: { width: 0.7 } }]));
