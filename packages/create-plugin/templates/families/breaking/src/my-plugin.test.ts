import { symmetryBreakingContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import { mlp, resnet } from '@basinlab/models-asymmetric';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginBreaking } from './my-plugin.js';

await tf.setBackend('cpu');

const onMlp = { architecture: mlp, architectureOptions: { inputs: 8, widths: [6, 6], outputs: 3 }, inputShape: [8] };
const onResNet = {
  architecture: resnet,
  architectureOptions: { depth: 8, baseWidth: 2, inputs: [4, 4, 3] as [number, number, number], classes: 3 },
  inputShape: [4, 4, 3],
};

testContract(
  symmetryBreakingContract(myPluginBreaking, [
    { ...onMlp, options: {} },
    { ...onMlp, options: { share: 0.9, fixedScale: 2 } },
  ]),
);
testContract(symmetryBreakingContract(myPluginBreaking, [{ ...onResNet, options: { share: 0.3 } }]));
