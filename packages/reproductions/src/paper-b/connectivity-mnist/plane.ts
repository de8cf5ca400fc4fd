import { modelAt, straightLine } from '@basinlab/connectivity';
import { evenly, type Network, type Variables } from '@basinlab/core';
import { strategyFor } from '@basinlab/core/training';
import { createMixtureEvaluator, planeGrid, planeThrough, type PlanePoint } from '@basinlab/metrics';
import type { PlaneRow } from '@basinlab/report';
import * as tf from '@tensorflow/tfjs-core';
import type { FigurePoint } from '../connectivity/points.js';
import type { MeasureContext } from './context.js';
import { learnCurve } from './learned.js';
import { rescalingCurve } from './rescaled.js';

/** The test loss on the plane through a model, its rescaled self and the middle of the curve between them, and three paths projected onto it. */
export async function measurePlane(
  label: string,
  network: Network,
  model: Variables,
  context: MeasureContext,
): Promise<{ cells: PlaneRow[]; points: FigurePoint[] }> {
  const { config, data, engine, step } = context;
  const { strength, columns, rows } = config.plane;
  const curve = await rescalingCurve(network, model, strength, config.seed);
  const [middle, moved] = [0.5, 1].map((t) => modelAt(curve.at(t), model)) as [Variables, Variables];
  const learned = await learnCurve(network, [model, moved], 'bezier', `Bezier curve to the rescaled self, ${label}`, context);
  const plane = await planeThrough(model, moved, middle);
  const line = straightLine(curve.at(0), curve.at(1));
  const projected = async (series: string, at: (t: number) => Variables): Promise<FigurePoint[]> => {
    const points: FigurePoint[] = [];
    for (const t of evenly(2 * config.measure.points - 1)) {
      const there = at(t);
      const { x, y } = await plane.project(there);
      tf.dispose(there.params);
      points.push({ figure: 'plane', panel: label, series, x, y });
    }
    return points;
  };
  const { path, variables } = learned;
  const points = [
    ...(await projected('symmetry-induced curve', (t) => modelAt(curve.at(t), model))),
    ...(await projected('straight line', (t) => modelAt(line.at(t), model))),
    ...(await projected('learned Bezier curve', (t) => ({
      ...model,
      params: tf.tidy(() => path.model(path.at(variables, tf.scalar(t))).params),
    }))),
  ];
  learned.dispose();
  step('projections');
  const shown: PlanePoint[] = points.map(({ x, y }) => ({ x, y }));
  const grid = planeGrid(shown, columns, rows);
  const evaluator = createMixtureEvaluator(network, { strategy: strategyFor(engine.platform) });
  const { loss } = await evaluator.evaluate(
    [model, moved, middle],
    grid.points.map((point) => plane.weightsAt(point)),
    data.test,
  );
  evaluator.dispose();
  tf.dispose([middle.params, moved.params]);
  step('loss plane');
  return { cells: grid.points.map(({ x, y }, i) => ({ panel: label, x, y, value: loss[i]! })), points };
}
