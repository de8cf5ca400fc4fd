import { optimizerContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginOptimizer } from './my-plugin.js';

await tf.setBackend('cpu');

testContract(optimizerContract(myPluginOptimizer, [{ options: {} }, { options: { beta1: 0.5, weightDecay: 0.01 } }]));
