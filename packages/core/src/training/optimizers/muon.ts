import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Optimizer, Tensors } from '../../contracts/index.js';
import { adamw } from './adam.js';
import { decayOf, undecayed } from './weight-decay.js';
import { zerosLikeEach } from './zeros.js';

const fraction = z.number().min(0).lt(1);

const options = z.strictObject({
  momentum: fraction.default(0.95),
  nesterov: z.boolean().default(true),
  /** Newton-Schulz iterations that orthogonalise the update of a matrix. */
  iterations: z.number().int().positive().default(5),
  /** Added to the norm by which an update is divided first. */
  epsilon: z.number().positive().default(1e-7),
  /** Share of a parameter that is taken off per step and unit of learning rate. */
  weightDecay: z.number().nonnegative().default(0.1),
  /** Ends of the names of parameters that are not decayed, for example `bias`. */
  undecayed,
  /** `original`: updates of a matrix [a, b] times the root of max(1, a / b); `match-adamw`: times 0.2 roots of max(a, b), so that AdamW's rates fit. */
  scale: z.enum(['original', 'match-adamw']).default('original'),
  /** Ends of the names of matrices that AdamW moves: embeddings and heads, as their authors say. Vectors always are. */
  rest: z.array(z.string()).default(['tokens.weight', 'positions.weight', 'patches.weight', 'head.weight']),
  /** Rate of what AdamW moves over that of the matrices. */
  restRate: z.number().positive().default(0.015),
});
/** Options of `muon`. */
export type MuonOptions = z.output<typeof options>;

/** Of the quintic whose iterates come near 1 from anywhere in (0, 1]. */
const COEFFICIENTS = [3.4445, -4.775, 2.0315] as const;

const restOptions = adamw.options.parse({});

/**
 * Momentum whose update of every matrix is orthogonalised: p <- p (1 - lr wd) - lr s orth(g + ...), orth by Newton-Schulz iterations, s by the matrix's shape;
 * vectors and what `rest` names move by AdamW. As torch.optim.Muon, in float32. Jordan et al. 2024; its solutions may lie in other components than AdamW's
 * (arXiv 2605.09991).
 */
export const muon: Optimizer<MuonOptions> = {
  id: 'muon',
  options,
  squares: ['v'],
  init(o, params) {
    const [matrices, rest] = divided(o, params);
    return { momentum: zerosLikeEach(matrices), ...adamw.init(restOptions, rest) };
  },
  update(o, at, params, gradients, state) {
    const [matrices, rest] = divided(o, params);
    const { momentum = {}, ...slots } = state;
    const others = adamw.update(
      { ...restOptions, weightDecay: o.weightDecay, undecayed: o.undecayed },
      { ...at, learningRate: tf.mul(at.learningRate, o.restRate) },
      rest,
      gradients,
      slots,
    );
    const nextMomentum: Tensors = {};
    const moved: Tensors = {};
    for (const [name, p] of Object.entries(matrices)) {
      const g = gradients[name]!;
      const velocity = tf.add(tf.mul(momentum[name]!, o.momentum), tf.mul(g, 1 - o.momentum));
      const direction = o.nesterov ? tf.add(tf.mul(g, 1 - o.momentum), tf.mul(velocity, o.momentum)) : velocity;
      const keep = tf.sub(1, tf.mul(at.learningRate, decayOf(o, name)));
      const step = tf.mul(orthogonalised(direction as Tensor2D, o), tf.mul(at.learningRate, scaleOf(o, p)));
      nextMomentum[name] = velocity;
      moved[name] = tf.sub(tf.mul(p, keep), step);
    }
    const next = { ...others.params, ...moved };
    return {
      params: Object.fromEntries(Object.keys(params).map((name) => [name, next[name]!])),
      state: { momentum: nextMomentum, ...others.state },
    };
  },
};

/** Matrices that are orthogonalised, and the rest. */
function divided({ rest }: MuonOptions, params: Tensors): [Tensors, Tensors] {
  const isRest = ([name, p]: readonly [string, Tensor]): boolean =>
    p.rank !== 2 || rest.some((end) => name === end || name.endsWith(`.${end}`));
  const entries = Object.entries(params);
  return [Object.fromEntries(entries.filter((entry) => !isRest(entry))), Object.fromEntries(entries.filter(isRest))];
}

const scaleOf = ({ scale }: MuonOptions, { shape: [rows = 1, columns = 1] }: Tensor): number =>
  scale === 'original' ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns));

/** A matrix with singular values near 1 and the singular vectors of another. */
function orthogonalised(matrix: Tensor2D, { iterations, epsilon }: MuonOptions): Tensor2D {
  const isTall = matrix.shape[0] > matrix.shape[1];
  const [a, b, c] = COEFFICIENTS;
  const norm = tf.maximum(tf.sqrt(tf.sum(tf.square(matrix))), epsilon);
  let x = tf.div(isTall ? tf.transpose(matrix) : matrix, norm) as Tensor2D;
  for (let i = 0; i < iterations; i++) {
    const gram = tf.matMul(x, x, false, true);
    const polynomial = tf.add(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c)) as Tensor2D;
    x = tf.add(tf.mul(x, a), tf.matMul(polynomial, x)) as Tensor2D;
  }
  return isTall ? tf.transpose(x) : x;
}
