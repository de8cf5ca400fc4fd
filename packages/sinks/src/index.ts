import type { Sink } from '@basinlab/core';
import { mlflow } from './mlflow/mlflow.js';
import { tensorboard } from './tensorboard/tensorboard.js';

/** Every sink of this package. */
export const builtinSinks: readonly Sink[] = [tensorboard, mlflow] as readonly Sink[];

export { mlflow, type MlflowOptions } from './mlflow/mlflow.js';
export { scalarsOf, type Scalar } from './scalars.js';
export { replay } from './replay.js';
export { encodeEvent, recordOf, type TensorboardEvent } from './tensorboard/event-file.js';
export { tensorboard, type TensorboardOptions } from './tensorboard/tensorboard.js';
