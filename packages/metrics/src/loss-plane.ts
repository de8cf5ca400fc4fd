import * as tf from '@tensorflow/tfjs-core';
import { demand, evenly, type Tensors, type Variables } from '@basinlab/tensor';

// The plane through three models (Garipov et al. 2018, arXiv 1802.10026, appendix A): a at the origin, b on the first axis, c above it. Its points are
// mixtures of the three, so that a mixture evaluator gives the loss anywhere on it; other models are projected onto it.

/** Coordinates in a plane. */
export interface PlanePoint {
  readonly x: number;
  readonly y: number;
}

/** Lengths are Euclidean, over all parameters. */
export interface LossPlane {
  /** Where the three models are: a is (0, 0), b is (|b - a|, 0). */
  readonly corners: readonly [PlanePoint, PlanePoint, PlanePoint];
  /** Weights of a, b and c at a point; they add up to 1. */
  weightsAt(point: PlanePoint): readonly [number, number, number];
  /** The nearest point of the plane to a model, and how far the model is from it. */
  project(model: Pick<Variables, 'params'>): Promise<PlanePoint & { readonly distance: number }>;
}

/**
 * The plane through the parameters of three models.
 * @throws BasinlabError where they lie on one line
 */
export async function planeThrough(a: Variables, b: Variables, c: Variables): Promise<LossPlane> {
  const [bb, bc, cc] = await products([
    [a, b, b],
    [a, b, c],
    [a, c, c],
  ]);
  const width = Math.sqrt(bb!);
  const x = bc! / width;
  const height2 = cc! - x ** 2;
  demand(width > 0 && height2 > 1e-10 * cc!, 'planeThrough', 'three models that do not lie on one line', [
    width,
    Math.sqrt(Math.max(0, height2)),
  ]);
  const height = Math.sqrt(height2);
  return {
    corners: [
      { x: 0, y: 0 },
      { x: width, y: 0 },
      { x, y: height },
    ],
    weightsAt({ x: right, y: up }) {
      const toC = up / height;
      const toB = (right - toC * x) / width;
      return [1 - toB - toC, toB, toC];
    },
    async project(model) {
      const [mb, mc, mm] = await products([
        [a, model, b],
        [a, model, c],
        [a, model, model],
      ]);
      const point = { x: mb! / width, y: (mc! - (mb! / width) * x) / height };
      return { ...point, distance: Math.sqrt(Math.max(0, mm! - point.x ** 2 - point.y ** 2)) };
    },
  };
}

/** A grid of points in a plane through three models. */
export interface PlaneGrid {
  /** Coordinates of the columns and of the rows. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** Row by row, from the lowest y. */
  readonly points: readonly PlanePoint[];
}

/** An even grid over the rectangle that holds all `shown` points, with a margin in shares of its sides. Default 0.2. */
export function planeGrid(shown: readonly PlanePoint[], columns: number, rows: number, margin = 0.2): PlaneGrid {
  demand(columns > 1 && rows > 1, 'planeGrid', 'at least two columns and rows', [columns, rows]);
  demand(shown.length > 0, 'planeGrid', 'at least one point to show', 0);
  const axis = (values: readonly number[], count: number): number[] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const pad = margin * (high - low);
    return evenly(count).map((share) => low - pad + share * (high - low + 2 * pad));
  };
  const xs = axis(
    shown.map(({ x }) => x),
    columns,
  );
  const ys = axis(
    shown.map(({ y }) => y),
    rows,
  );
  return { xs, ys, points: ys.flatMap((y) => xs.map((x) => ({ x, y }))) };
}

type Triple = readonly [origin: Pick<Variables, 'params'>, left: Pick<Variables, 'params'>, right: Pick<Variables, 'params'>];

/** Inner products of left - origin and right - origin; sums per tensor in float32, over tensors in float64. */
async function products(triples: readonly Triple[]): Promise<number[]> {
  return Promise.all(
    triples.map(async ([origin, left, right]) => {
      const sums = tf.tidy(() =>
        Object.entries(origin.params).map(([name, base]) =>
          tf.sum(tf.mul(tf.sub(named(left.params, name), base), tf.sub(named(right.params, name), base))),
        ),
      );
      const values = await Promise.all(sums.map(async (sum) => (await sum.data())[0]!));
      tf.dispose(sums);
      return values.reduce((total, value) => total + value, 0);
    }),
  );
}

function named(tensors: Tensors, name: string): tf.Tensor {
  const tensor = tensors[name];
  demand(tensor !== undefined, 'planeThrough', `a parameter ${name} in every model`, 'none');
  return tensor;
}
