export { centerDistances, inputGap, outputGap } from './neuron-gaps.js';
