import { demand } from '@basinlab/tensor';

/** Which estimator is taken. */
export interface KernelCkaOptions {
  /** Estimate without the bias towards 1 that few samples bring (Song et al. 2012, eq. 5); may then be below 0. At least 4 samples. Default false. */
  readonly unbiased?: boolean;
}

/**
 * Centred kernel alignment (CKA) of two kernel matrices on the same n samples, row-major [n, n] and symmetric:
 * HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)), in [0, 1] for positive semidefinite kernels; computed in float64. NaN where a kernel is constant. With
 * the kernels X X^T and Y Y^T it is linear CKA. Cortes et al. 2012; Kornblith et al. 2019, section 3. The code of arXiv 2606.04754 reports its square.
 * @throws BasinlabError where a matrix is not [n, n]
 */
export function kernelCka(k: ArrayLike<number>, l: ArrayLike<number>, n: number, { unbiased = false }: KernelCkaOptions = {}): number {
  demand(k.length === n * n && l.length === n * n, 'cka', `two matrices of ${n * n} entries`, [k.length, l.length]);
  demand(!unbiased || n > 3, 'cka', 'at least 4 samples for the unbiased estimate', n);
  const [a, b] = [k, l].map((kernel) => (unbiased ? unbiasedCentred(kernel, n) : centred(kernel, n))) as [Centred, Centred];
  const [aa, bb] = [product(a, a), product(b, b)];
  return aa > 0 && bb > 0 ? product(a, b) / (Math.sqrt(aa) * Math.sqrt(bb)) : NaN;
}

interface Centred {
  readonly matrix: Float64Array;
  /** Whether nothing but rounding is left. */
  readonly vanishes: boolean;
}

function product(a: Centred, b: Centred): number {
  if (a.vanishes || b.vanishes) return 0;
  return a.matrix.reduce((sum, value, i) => sum + value * b.matrix[i]!, 0);
}

/** H K H with H = I - 1/n: from every entry the means of its row and its column are taken, and the overall mean is added. */
function centred(kernel: ArrayLike<number>, n: number): Centred {
  const means = rowSums(kernel, n).map((sum) => sum / n);
  const overall = means.reduce((sum, mean) => sum + mean, 0) / n;
  return subtract(kernel, n, (i, j) => means[i]! + means[j]! - overall);
}

/** U-centring (Szekely and Rizzo 2014): the diagonal is left out of every sum and is 0 afterwards; its products are the unbiased HSIC. */
function unbiasedCentred(kernel: ArrayLike<number>, n: number): Centred {
  const sums = rowSums(kernel, n).map((sum, i) => sum - kernel[i * n + i]!);
  const overall = sums.reduce((sum, each) => sum + each, 0);
  const { matrix, vanishes } = subtract(kernel, n, (i, j) => (sums[i]! + sums[j]!) / (n - 2) - overall / ((n - 1) * (n - 2)));
  for (let i = 0; i < n; i++) matrix[i * n + i] = 0;
  return { matrix, vanishes };
}

function rowSums(kernel: ArrayLike<number>, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < n; j++, at++) sums[i]! += kernel[at]!;
  return sums;
}

function subtract(kernel: ArrayLike<number>, n: number, part: (i: number, j: number) => number): Centred {
  const matrix = new Float64Array(n * n);
  let [left, largest] = [0, 0];
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) {
      matrix[at] = kernel[at]! - part(i, j);
      if (i !== j || n === 1) left = Math.max(left, Math.abs(matrix[at]!));
      largest = Math.max(largest, Math.abs(kernel[at]!));
    }
  }
  return { matrix, vanishes: left <= 4 * n * Number.EPSILON * largest };
}
