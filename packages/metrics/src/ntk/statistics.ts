import { symmetricEigenvalues } from '@basinlab/tensor/linear-algebra';
import { kernelCka } from '../cka/kernel-cka.js';
import type { NeuralTangentKernel } from './kernel.js';

/** Keeps quotients finite where the smallest or largest eigenvalue is 0; the value of arXiv 2606.04754. */
const FLOOR = 1e-10;

/** Spectrum and norms of a kernel. */
export interface KernelStatistics {
  /** Sum of squared gradients of all logits and samples. */
  readonly trace: number;
  readonly frobeniusNorm: number;
  /** Smallest first; those of float32 rounding may be a little below 0. */
  readonly eigenvalues: Float64Array;
  readonly largest: number;
  readonly smallest: number;
  readonly mean: number;
  readonly median: number;
  /** largest / (smallest + 1e-10); can be negative where the smallest is rounding. */
  readonly conditionNumber: number;
  /** Sum of eigenvalues / (largest + 1e-10), in [0, samples]; 0 for a kernel of zeros. */
  readonly effectiveRank: number;
}

/** Spectrum of a kernel, in float64; for 1000 samples about a second. */
export function kernelStatistics({ samples, values }: NeuralTangentKernel): KernelStatistics {
  const eigenvalues = symmetricEigenvalues(values, samples).reverse();
  const [smallest, largest] = [eigenvalues[0]!, eigenvalues[samples - 1]!];
  const sum = total(eigenvalues);
  const middle = samples >> 1;
  return {
    trace: Array.from({ length: samples }, (_, i) => values[i * samples + i]!).reduce((a, b) => a + b, 0),
    frobeniusNorm: Math.sqrt(product(values, values)),
    eigenvalues,
    largest,
    smallest,
    mean: sum / samples,
    median: samples % 2 === 1 ? eigenvalues[middle]! : (eigenvalues[middle - 1]! + eigenvalues[middle]!) / 2,
    conditionNumber: largest / (smallest + FLOOR),
    effectiveRank: sum / (largest + FLOOR),
  };
}

/** How far apart two kernels are. */
export interface KernelChange {
  /** Frobenius norm of the difference. */
  readonly distance: number;
  /** The same over the norm of the first kernel; NaN where that is 0. */
  readonly relative: number;
  /** Cosine of the two as vectors, in [-1, 1]; NaN where one is 0. */
  readonly cosine: number;
  /** Centred kernel alignment; see `kernelCka`. Not its square, which the code of arXiv 2606.04754 calls CKA. */
  readonly cka: number;
}

/** How a kernel changes between two times, or differs between two models, on the same samples. */
export function kernelChange(before: NeuralTangentKernel, after: NeuralTangentKernel): KernelChange {
  const cka = kernelCka(before.values, after.values, before.samples);
  const norms = [before, after].map(({ values }) => Math.sqrt(product(values, values))) as [number, number];
  const distance = Math.sqrt(before.values.reduce((sum, value, i) => sum + (after.values[i]! - value) ** 2, 0));
  return { distance, relative: distance / norms[0], cosine: product(before.values, after.values) / (norms[0] * norms[1]), cka };
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
const product = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
