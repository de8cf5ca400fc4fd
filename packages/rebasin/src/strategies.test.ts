import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { rebasinContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { activationMatching } from './activation-matching/index.js';
import { layered } from './layered.fixture.js';
import { sinkhornRebasin } from './sinkhorn/index.js';
import { straightThrough } from './straight-through/index.js';
import { weightMatching } from './weight-matching/index.js';

await tf.setBackend('cpu');

const examples = [
  { architecture: layered, options: { widths: [12] }, inputShape: [6] },
  { architecture: layered, options: { widths: [20, 16, 12] }, inputShape: [6] },
  { architecture: layered, options: { widths: [9, 7], block: 3 }, inputShape: [6] },
];
testContract(rebasinContract(weightMatching({ restarts: 4 }), examples));
testContract(rebasinContract(activationMatching(), examples));
testContract(rebasinContract(activationMatching({ site: 'post-linear', similarity: 'pearson' }), examples));
// Few steps and scalings: without a compiler each costs hundreds of small ops. All begin at weight matching, but for the last.
const quick = { ...examples[0]!, options: { widths: [7, 6] }, samples: 16 };
testContract(rebasinContract(straightThrough({ steps: 2, batch: 16 }), [quick]));
testContract(rebasinContract(sinkhornRebasin({ steps: 1, every: 1, batch: 16, iterations: 3 }), [quick]));
testContract(
  rebasinContract(sinkhornRebasin({ objective: 'random-point', steps: 1, every: 1, batch: 16, iterations: 3 }), [
    { ...quick, options: { widths: [5], block: 3 } },
  ]),
);
testContract(
  rebasinContract(sinkhornRebasin({ objective: 'distance', start: 'uniform', steps: 20, every: 5, iterations: 4, learningRate: 0.5 }), [
    { ...quick, options: { widths: [8] } },
  ]),
);
