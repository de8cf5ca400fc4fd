import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';

const options = z.strictObject({});

/** The base rate throughout. */
export const constant: Schedule<z.output<typeof options>> = { id: 'constant', options, factor: () => tf.scalar(1) };
