export { signedRoot, swapCosts } from './swap-costs.js';
