import * as tf from '@tensorflow/tfjs-core';
import { demand, type Tensors, type Variables } from '@basinlab/tensor';

/** Whether entries that a mask holds fixed count. */
export interface UpdateCosineOptions {
  /**
   * Count the raw entries that a mask holds fixed, too. They have no effect, but weight decay moves them alike in both models, which raises the
   * similarity: what the code of arXiv 2606.04754 reports. Default false.
   */
  readonly includeFixed?: boolean;
}

/** Whether two models moved in the same direction. */
export interface UpdateCosine {
  /** Cosine of the two updates over all parameters together, in [-1, 1]; 0 where one of them did not move. */
  readonly aggregate: number;
  /** The same for every parameter by itself. */
  readonly parameters: Readonly<Record<string, number>>;
}

type Model = Pick<Variables, 'params' | 'constants'>;

/** Cosine similarity of what training did to two models: of their parameter changes `to - from`, each with its own start. */
export function updateCosineSimilarity(
  a: { readonly from: Model; readonly to: Model },
  b: { readonly from: Model; readonly to: Model },
  { includeFixed = false }: UpdateCosineOptions = {},
): Promise<UpdateCosine> {
  return withMoves(a, b, (moveA, moveB) => cosineOfUpdates(moveA, moveB, includeFixed ? {} : masksOf(a.from.constants)));
}

/**
 * Cosine similarity of two records of updates. `masks` (0 or 1, by parameter name) leaves out the entries where it is 0.
 * @throws BasinlabError where names or shapes differ
 */
export async function cosineOfUpdates(a: Tensors, b: Tensors, masks: Tensors = {}): Promise<UpdateCosine> {
  const names = Object.keys(a);
  const same = (name: string): boolean => name in b && a[name]!.shape.join() === b[name]!.shape.join();
  demand(
    names.length === Object.keys(b).length && names.every(same),
    'update-cosine-similarity',
    `updates of ${names.map((name) => `${name} [${a[name]!.shape.join(', ')}]`).join(', ')} on both sides`,
    Object.entries(b).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`),
  );
  const sums = tf.tidy(() =>
    names.map((name) => {
      const mask = masks[name];
      const [x, y] = [a[name]!, b[name]!].map((update) => (mask === undefined ? update : tf.where(tf.notEqual(mask, 0), update, 0)));
      return tf.stack([tf.sum(tf.square(x!)), tf.sum(tf.square(y!)), tf.sum(tf.mul(x!, y!))]);
    }),
  );
  const values = await Promise.all(sums.map(async (sum) => Array.from(await sum.data())));
  tf.dispose(sums);
  const total = values.reduce((all, each) => all.map((value, i) => value + each[i]!), [0, 0, 0]);
  return { aggregate: cosine(total), parameters: Object.fromEntries(names.map((name, i) => [name, cosine(values[i]!)])) };
}

function cosine([aa = 0, bb = 0, ab = 0]: readonly number[]): number {
  return aa === 0 || bb === 0 ? 0 : Math.max(-1, Math.min(1, ab / (Math.sqrt(aa) * Math.sqrt(bb))));
}

/** The constant scales of parameters, by parameter name. */
function masksOf(constants: Tensors): Tensors {
  const suffix = '.scale';
  return Object.fromEntries(
    Object.entries(constants).flatMap(([name, scale]) => (name.endsWith(suffix) ? [[name.slice(0, -suffix.length), scale]] : [])),
  );
}

async function withMoves<T>(
  a: { from: Model; to: Model },
  b: { from: Model; to: Model },
  use: (moveA: Tensors, moveB: Tensors) => Promise<T>,
): Promise<T> {
  const moves = tf.tidy(() =>
    [a, b].map(({ from, to }): Tensors => {
      const names = Object.keys(from.params);
      demand(
        names.every((name) => name in to.params),
        'update-cosine-similarity',
        `parameters ${names.join(', ')} after training`,
        Object.keys(to.params),
      );
      return Object.fromEntries(names.map((name) => [name, tf.sub(to.params[name]!, from.params[name]!)]));
    }),
  );
  try {
    return await use(moves[0]!, moves[1]!);
  } finally {
    tf.dispose(moves as unknown as tf.TensorContainer);
  }
}
