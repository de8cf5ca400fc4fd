/** Standard deviation of initial weights, as in GPT-2 and ViT. */
export const deviation = 0.02;

/** Weights that write to the residual stream start smaller, by the root of their number: two in each layer. */
export const writingDeviation = (layers: number): number => deviation / Math.sqrt(2 * layers);
