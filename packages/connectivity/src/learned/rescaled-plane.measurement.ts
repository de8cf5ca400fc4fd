import { demand, evenly } from '@basinlab/core';
import type { MeasurementRow, Variables } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { childKey } from '@basinlab/core/random';
import { planeGrid, planeThrough, type LossPlane, type PlanePoint } from '@basinlab/metrics/loss-plane';
import { createMixtureEvaluator } from '@basinlab/metrics/mixture';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { straightLine, type Curve } from '../curves/index.js';
import { modelAt } from '../networks/points.js';
import { probeOf } from '../networks/probe.js';
import { randomScalingCurve } from '../networks/random-scaling.js';
import { demandScalingSymmetry } from '../networks/scaling-symmetry.js';
import { learnPath, type LearnedPath } from './learn-path.js';

const count = z.number().int();

/**
 * The loss on the plane through a model, its rescaled self and the middle of the curve between them, and three paths projected onto it: that curve, the
 * straight line, and a Bezier curve that is trained between the same ends.
 */
export const rescaledPlane = defineMeasurement({
  id: 'rescaled-plane',
  summary: 'Loss on the plane through a model, its rescaled self and the middle of the symmetry-induced curve between them',
  of: 'model',
  needs: { weights: 'standard', examples: true },
  options: z.strictObject({
    strength: z.number().positive().default(1).describe('deviation of the logarithms of the factors that units are rescaled by'),
    columns: count.min(2).default(21).describe('grid points from left to right'),
    rows: count.min(2).default(15).describe('grid points from bottom to top'),
    points: count.min(3).default(21).describe('points on every path, both ends included'),
    epochs: count.positive().default(3).describe('epochs for which the Bezier curve is trained'),
    learningRate: z.number().positive().default(3e-3).describe('of Adam, falling along a cosine'),
    batch: count.positive().default(64).describe('rows per step'),
  }),
  columns: [
    { name: 'x', summary: 'distance from the model towards its rescaled self', role: 'axis', type: 'number' },
    { name: 'y', summary: 'distance from the straight line towards the curve', role: 'axis', type: 'number' },
    { name: 'path', summary: 'path whose point it is; empty for grid points', role: 'axis', type: 'text' },
    { name: 't', summary: 'place on the path', role: 'axis', type: 'number', range: [0, 1] },
    {
      name: 'loss',
      summary: 'mean loss of a grid point',
      role: 'value',
      type: 'number',
      unit: 'nats',
      range: [0, Infinity],
      better: 'lower',
    },
  ],
  plots: [{ kind: 'plane', title: 'Loss around a model and its rescaled self', x: 'x', y: 'y', value: 'loss', series: 'path', clip: 0.5 }],
  async measure(
    { variables: model },
    { strength, columns, rows, points, ...training },
    { network, examples, task, graph, splits, execution, key, signal, reuse },
  ) {
    const { train } = splits;
    demand(train !== undefined, 'rescaled-plane', 'a training split', Object.keys(splits));
    const probe = probeOf(network, examples, graph);
    await demandScalingSymmetry(network, model, probe).finally(() => tf.dispose(probe.inputs));
    const curve = await randomScalingCurve(network, model, key, strength);
    const [middle, moved] = [0.5, 1].map((t) => modelAt(curve.at(t), model)) as [Variables, Variables];
    try {
      const plane = await planeThrough(model, moved, middle);
      const options = { ...training, shape: 'bezier', execution, signal, key: childKey(key, 'bezier') } as const;
      const learned = await learnPath(network, [model, moved], { examples: train, task, graph }, options);
      const projected = await projectedPaths(plane, model, curve, learned, points).finally(() => learned.dispose());
      const grid = planeGrid(projected, columns, rows);
      const evaluator = reuse('evaluator', () => createMixtureEvaluator(network, { execution, task, graph }));
      const weights = grid.points.map((point) => plane.weightsAt(point));
      const { loss } = await evaluator.evaluate([model, moved, middle], weights, examples);
      return [...grid.points.map(({ x, y }, at): MeasurementRow => ({ x, y, loss: loss[at]! })), ...projected];
    } finally {
      tf.dispose([middle.params, moved.params]);
    }
  },
});

type ProjectedPoint = MeasurementRow & PlanePoint & { readonly path: string; readonly t: number };

/** Points of the three paths where they are nearest on the plane. */
async function projectedPaths(
  plane: LossPlane,
  model: Variables,
  curve: Curve,
  { path, variables }: LearnedPath,
  points: number,
): Promise<ProjectedPoint[]> {
  const line = straightLine(curve.at(0), curve.at(1));
  const ways: Readonly<Record<string, (t: number) => Variables>> = {
    'symmetry-induced curve': (t) => modelAt(curve.at(t), model),
    'straight line': (t) => modelAt(line.at(t), model),
    'learned Bezier curve': (t) => ({ ...model, params: tf.tidy(() => path.model(path.at(variables, tf.scalar(t))).params) }),
  };
  const projected: ProjectedPoint[] = [];
  for (const [name, at] of Object.entries(ways)) {
    for (const t of evenly(points)) {
      const there = at(t);
      const { x, y } = await plane.project(there);
      tf.dispose(there.params);
      projected.push({ path: name, t, x, y });
    }
  }
  return projected;
}
