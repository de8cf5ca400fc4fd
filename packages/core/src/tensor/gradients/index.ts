/**
 * Gradients that tfjs-core lacks or has wrong: broadcast operands of Maximum, Minimum, SquaredDifference and BatchMatMul, Cumsum along
 * other axes than the last, Prod, batched gathers and Einsum. Importing this after `gradients.generated.js` replaces or adds them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { broadcastGradients } from './broadcast.js';
import { cumulativeGradients } from './cumulative.js';
import { einsumGradient } from './einsum.js';
import { indexingGradients } from './indexing.js';
import { matMulGradient } from './mat-mul.js';
import { orderTape } from './tape-order.js';

for (const gradient of [...broadcastGradients, ...cumulativeGradients, ...indexingGradients, einsumGradient, matMulGradient])
  tf.registerGradient(gradient);
orderTape();
