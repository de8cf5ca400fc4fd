export { deepen, type DeepenedModel, type StackedModel } from './deepen.js';
export { identityCost, layerSpectra, spectralCost, type LayerSpectra } from './layer-spectra.js';
export { matchLayers, type LayerCosts } from './match-layers.js';
