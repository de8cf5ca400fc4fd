export { connectivityApproximateAction } from './approximate-action.js';
export { connectivityComponents } from './components.js';
export { connectivityCurves } from './curves.js';
export { connectivityRescaling } from './rescaling.js';
