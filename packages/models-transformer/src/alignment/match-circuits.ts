import * as tf from '@tensorflow/tfjs-core';
import { demand, elementMatrix, type GroupElement, type ParamSpec, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { polarFactor } from '@basinlab/core/linear-algebra';
import { applyTransform, composeTransforms, permutations, solveAssignment } from '@basinlab/rebasin';
import { headCosts, unitCosts, type CircuitCosts } from './costs.js';
import { blockNames } from '../architectures/parameter-names.js';
import { residualStack, type StackOptions } from './residual-stack.js';

/** How two models in circuit form are matched. */
export interface MatchCircuitsOptions {
  readonly specs: readonly ParamSpec[];
  /** Default 15. */
  readonly iterations?: number;
  /** Whether the residual stream is permuted only. Default false: it is rotated. */
  readonly permutationsOnly?: boolean;
  /** Tokens that occur in the data, int32 ascending: rows of others are noise. Default: all. */
  readonly activeTokens?: ArrayLike<number>;
  /** What heads and units are assigned by. Default `code`. */
  readonly costs?: CircuitCosts;
  readonly signal?: AbortSignal;
  /** Called after every iteration. */
  onIteration?(step: CircuitStep): void | Promise<void>;
}

/** One iteration. */
export interface CircuitStep {
  /** From 0. */
  readonly iteration: number;
  /** What this iteration did, after those before. */
  readonly transform: SymmetryTransform;
  /** Frobenius distance of the stacks before and after the residual stream was moved. */
  readonly residual: { readonly before: number; readonly after: number };
  /** Cost of the assignments, by group. */
  readonly costs: Readonly<Record<string, number>>;
  /** The moved model; it must not be disposed or kept. */
  readonly params: Tensors;
}

/** An alignment of two models in circuit form. */
export interface CircuitMatching {
  /** Brings B onto A. */
  readonly transform: SymmetryTransform;
  readonly steps: readonly Omit<CircuitStep, 'params'>[];
}

/**
 * Moves model B in circuit form (`gpt2-circuits`, `vit-circuits`) onto model A, by weights alone. Each iteration rotates the residual stream onto A's (orthogonal
 * Procrustes on what reads and writes it; embeddings and head alone in the first), then assigns heads and MLP units block by block. Theus et al. 2025,
 * arXiv 2506.22712, algorithm 1.
 * @throws BasinlabError where the parameters are not of that form, or of different shapes
 */
export async function matchCircuits(a: Tensors, b: Tensors, options: MatchCircuitsOptions): Promise<CircuitMatching> {
  const { specs, iterations = 15, permutationsOnly = false, activeTokens, costs = 'code', signal, onIteration } = options;
  const blocks = blockNames(a);
  demand(
    blocks.length > 0,
    'circuit-matching',
    'models in circuit form (gpt2-circuits, vit-circuits)',
    Object.keys(a).slice(0, 5),
    'Rewrite them with toCircuits.',
  );
  for (const { name, shape } of specs)
    for (const side of [a, b])
      demand(side[name]?.shape.join() === shape.join(), name, `shape [${shape.join(', ')}] in both models`, side[name]?.shape ?? 'none');
  let moved: Tensors = Object.fromEntries(Object.entries(b).map(([name, tensor]) => [name, tf.clone(tensor)]));
  let transform: SymmetryTransform = {};
  const steps: Omit<CircuitStep, 'params'>[] = [];
  const move = (element: SymmetryTransform): void => {
    const next = applyTransform(specs, moved, element);
    tf.dispose(moved);
    moved = next;
  };
  try {
    for (let iteration = 0; iteration < iterations; iteration++) {
      signal?.throwIfAborted();
      const { element, before, after } = await matchResidual(a, moved, { activeTokens, layers: iteration > 0, permutationsOnly });
      let step: SymmetryTransform = { residual: element };
      move(step);
      const found: Record<string, number> = {};
      for (const block of blocks) {
        for (const [group, of] of [
          [`${block}.attention`, headCosts],
          [`${block}.mlp`, unitCosts],
        ] as const) {
          const matrix = tf.tidy(() => of(a, moved, group, costs));
          const units = matrix.shape[0];
          const { columnOf, total } = solveAssignment(await matrix.data(), { rows: units, columns: units });
          matrix.dispose();
          found[group] = total;
          const own = permutations([[group, columnOf]]);
          step = { ...step, ...own };
          move(own);
        }
      }
      transform = composeTransforms(transform, step);
      const done = { iteration, transform: step, residual: { before, after }, costs: found };
      steps.push(done);
      await onIteration?.({ ...done, params: moved });
    }
    return { transform, steps };
  } finally {
    tf.dispose(moved);
  }
}

/** What moves one residual stream onto another. */
export interface ResidualMatching {
  readonly element: GroupElement;
  /** Frobenius distance of the stacks without it. */
  readonly before: number;
  /** The same with it. */
  readonly after: number;
}

/** The rotation, or the permutation, that brings what reads and writes the residual stream of `b` closest to that of `a`; see {@link residualStack}. */
export async function matchResidual(
  a: Tensors,
  b: Tensors,
  { permutationsOnly = false, ...stacked }: StackOptions & { readonly permutationsOnly?: boolean },
): Promise<ResidualMatching> {
  const [x, y] = tf.tidy((): [tf.Tensor2D, tf.Tensor2D] => [residualStack(a, stacked), residualStack(b, stacked)]);
  // Entry (i, j): coordinate i of A with coordinate j of B.
  const products = tf.matMul(x, y, true, false);
  try {
    const size = products.shape[0];
    const similarity = Float64Array.from(await products.data());
    const element: GroupElement = permutationsOnly
      ? { kind: 'permutation', indices: solveAssignment(similarity, { rows: size, columns: size, maximise: true }).columnOf }
      : { kind: 'orthogonal', size, matrix: polarFactor(similarity, size).factor };
    const distances = tf.tidy(() => {
      const matrix = tf.tensor2d(Float32Array.from(elementMatrix(element)), [size, size]);
      const to = (other: tf.Tensor2D): tf.Tensor => tf.norm(tf.sub(x, other));
      return tf.stack([to(y), to(tf.matMul(y, matrix, false, true))]);
    });
    const [before = NaN, after = NaN] = await distances.data();
    distances.dispose();
    return { element, before, after };
  } finally {
    tf.dispose([x, y, products]);
  }
}
