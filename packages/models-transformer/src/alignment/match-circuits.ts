import * as tf from '@tensorflow/tfjs-core';
import {
  compiled,
  demand,
  elementSize,
  jit,
  type GroupElement,
  type ParamSpec,
  type SymmetryTransform,
  type Tensors,
} from '@basinlab/core';
import { applySoftTransform, applyTransform, composeTransforms, distanceToIdentity, identityTransform } from '@basinlab/rebasin';
import { assignBlocks, type BlockAssignments } from './assign-blocks.js';
import type { CircuitCosts } from './costs.js';
import { blockNames } from '../architectures/parameter-names.js';
import { addMoments, elementOf, moveMoments, readMatrix, readSquares, type Moments } from './match-residual.js';
import { endProducts, layerProducts, residualStack } from './residual-stack.js';

/** How two models in circuit form are matched. */
export interface MatchCircuitsOptions {
  readonly specs: readonly ParamSpec[];
  /** Default 15. Once nothing moves any more, those that are left are not computed. */
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

/** By how much, in the mean, an entry of a rotation that is nothing but rounding of single precision differs from that of the identity. */
const STILL = 1e-6;

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
  // Embeddings and head are moved by the residual stream alone: of them only products with those of A are kept.
  const matched = specs.filter(({ name }) => blocks.some((block) => name.startsWith(`${block}.`)));
  const matchedOf = (params: Tensors): Tensors => Object.fromEntries(matched.map(({ name }) => [name, params[name]!]));
  let moved: Tensors = Object.fromEntries(Object.entries(matchedOf(b)).map(([name, tensor]) => [name, tf.clone(tensor)]));
  const replace = (next: Tensors): void => {
    tf.dispose(moved);
    moved = next;
  };
  const rotate = jit((params: Tensors, residual: tf.Tensor2D) => applySoftTransform(matched, params, { residual }), {
    name: 'rotate-layers',
  });
  const move = (element: GroupElement): void => {
    if (element.kind !== 'orthogonal') return replace(applyTransform(matched, moved, { residual: element }));
    const matrix = tf.tensor2d(Float32Array.from(element.matrix), [element.size, element.size]);
    replace(rotate(moved, matrix));
    matrix.dispose();
  };
  const steps: Omit<CircuitStep, 'params'>[] = [];
  let transform: SymmetryTransform = {};
  const tell = async (step: Omit<CircuitStep, 'params'>): Promise<void> => {
    steps.push(step);
    if (onIteration === undefined) return;
    const params = applyTransform(specs, b, transform);
    try {
      await onIteration({ ...step, params });
    } finally {
      tf.dispose(params);
    }
  };
  try {
    const squares = await readSquares(a, b, activeTokens);
    let ends: Moments = { products: await readMatrix(() => endProducts(a, b, activeTokens)), squares: squares.ends };
    const ofLayers = async (): Promise<Moments> => ({
      products: await readMatrix(() => compiled(layerProducts, { name: 'layer-products' })(matchedOf(a), moved)),
      squares: squares.layers,
    });
    let found: BlockAssignments | null = null;
    for (let iteration = 0; iteration < iterations; iteration++) {
      signal?.throwIfAborted();
      const layers = iteration > 0;
      const { element, before, after } = await elementOf(layers ? addMoments(ends, await ofLayers()) : ends, {
        permutationsOnly,
        stacks: (of) =>
          tf.tidy(() => {
            const now = applyTransform(specs, b, transform);
            return of(residualStack(a, { activeTokens, layers }), residualStack(now, { activeTokens, layers }));
          }),
      });
      move(element);
      ends = moveMoments(ends, element);
      found = await assignBlocks(a, moved, { blocks, costs, before: found });
      replace(applyTransform(matched, moved, found.elements));
      const step = { residual: element, ...found.elements };
      transform = composeTransforms(transform, step);
      await tell({ iteration, transform: step, residual: { before, after }, costs: found.totals });
      if (!layers || !found.stays || distanceToIdentity(element) > STILL * elementSize(element)) continue;
      // Nothing has changed that the next iteration would look at: it would find the same again.
      const still = { transform: identityTransform(specs), residual: { before: after, after }, costs: found.totals };
      while (++iteration < iterations) await tell({ iteration, ...still });
    }
    return { transform, steps };
  } finally {
    rotate.dispose();
    tf.dispose(moved);
  }
}
