import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { testRebasin } from '@basinlab/core/testing';
import { activationMatching } from './activation-matching/index.js';
import { layered } from './layered.fixture.js';
import { weightMatching } from './weight-matching/index.js';

await tf.setBackend('cpu');

const examples = [
  { architecture: layered, options: { widths: [12] }, inputShape: [6] },
  { architecture: layered, options: { widths: [20, 16, 12] }, inputShape: [6] },
  { architecture: layered, options: { widths: [9, 7], block: 3 }, inputShape: [6] },
];
testRebasin(weightMatching({ restarts: 4 }), examples);
testRebasin(activationMatching(), examples);
testRebasin(activationMatching({ site: 'post-linear', similarity: 'pearson' }), examples);
