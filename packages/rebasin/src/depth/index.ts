export { canPair, type LayerSizes } from './can-pair.js';
export { deepen, type DeepenedModel } from './deepen.js';
export { enlarge, enlargeBoth, type EnlargedBoth, type EnlargeOptions } from './enlarge.js';
export { layerProducts, productCost, type LayerProducts } from './layer-products.js';
export { identityCost, layerSpectra, spectralCost, type LayerSpectra } from './layer-spectra.js';
export { matchLayers, type LayerCosts } from './match-layers.js';
export type { LayerPartners, StackedModel, StackedSpecs } from './stacked-model.js';
