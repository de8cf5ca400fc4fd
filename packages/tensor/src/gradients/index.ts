/**
 * Gradients that tfjs-core lacks or has wrong: broadcast operands of Maximum, Minimum, SquaredDifference and BatchMatMul, Cumsum along
 * other axes than the last, Prod, batched gathers and Einsum. Importing this registers the library's own (`gradients.generated.js`) and then replaces
 * or adds these.
 */
// Before the generated ones: whichever comes first makes the global engine, and only tfjs-core's own tensors have methods such as `cast`.
import * as tf from '@tensorflow/tfjs-core';
import './gradients.generated.js';
import { broadcastGradients } from './broadcast.js';
import { cumulativeGradients } from './cumulative.js';
import { einsumGradient } from './einsum.js';
import { indexingGradients } from './indexing.js';
import { matMulGradient } from './mat-mul.js';
import { orderTape } from './tape-order.js';

for (const gradient of [...broadcastGradients, ...cumulativeGradients, ...indexingGradients, einsumGradient, matMulGradient])
  tf.registerGradient(gradient);
orderTape();
