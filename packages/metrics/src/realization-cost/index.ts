export { gramMatrices } from '../neurons/gram-matrices.js';
export { neuronLayer } from '../neurons/neuron-layer.js';
export type { NeuronLayer } from '../neurons/neuron-layer.js';
export type { Basis } from '../neurons/projection.js';
export { layerRealizationCosts } from './layer-costs.js';
export type { RealizationCostOptions } from './layer-costs.js';
export { createCostsEvaluator, realizationCosts } from './network-costs.js';
export type { CostsEvaluator, LayerCosts, NetworkCostsOptions } from './network-costs.js';
