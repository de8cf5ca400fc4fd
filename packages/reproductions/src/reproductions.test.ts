import '@tensorflow/tfjs-backend-cpu';
import { reproductionContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import * as tf from '@tensorflow/tfjs-core';
import { builtinReproductions } from './index.js';

await tf.setBackend('cpu');

/** Figures whose computation at scale smoke takes a second or so on a plain backend. */
const quick = ['connectivity-approximate-action', 'connectivity-rescaling'];

for (const reproduction of builtinReproductions)
  testContract(reproductionContract(reproduction, quick.includes(reproduction.id) ? [{ name: 'smoke' }] : []));
