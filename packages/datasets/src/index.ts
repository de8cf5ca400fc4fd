export { gaussianBlobs } from './gaussian-blobs.js';
export type { GaussianBlobsOptions } from './gaussian-blobs.js';
export { parseIdx } from './idx/parse-idx.js';
export type { IdxArray } from './idx/parse-idx.js';
export { mnist } from './mnist/mnist.js';
export type { MnistOptions } from './mnist/mnist.js';
export { trainValidationSplit } from './train-validation-split.js';
export type { TrainValidationSplit } from './train-validation-split.js';
